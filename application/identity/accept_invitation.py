"""Accept an invitation: the user whose address it went to belongs to the organisation from now on."""

from uuid import UUID

from application.identity.members import organization_of, settle
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.identity.epoch import membership_id
from domain.identity.invitation import SCOPE, Invitation
from domain.identity.kinds import InvitationEnd
from domain.identity.membership import Membership
from domain.kernel.unique import UniqueKey


class AcceptInvitation(Command, frozen=True, kw_only=True):
    """In the caller's name, in the organisation's tenant."""

    invitation_id: UUID
    account: UniqueKey


@use_case(AcceptInvitation, "invitations:answer")
async def handle(command: AcceptInvitation, session: Session) -> Outcome:
    """Invitation, membership and organisation in one. Raises InvitationOver, AlreadyMember, OrganizationOver."""
    context = session.context
    user_id = context.caller.actor_id
    # Read first: whoever has become a member meanwhile by this invitation then finds it accepted.
    member = await session.store.load(Membership, context.tenant_id, membership_id(context.tenant_id, user_id))
    invitation = await session.load(Invitation, command.invitation_id)
    invitation.end(InvitationEnd.ACCEPTED, now=context.now, by=user_id)
    organization = await organization_of(session)
    member.join(
        organization_id=organization.id, user_id=user_id, roles=invitation.roles, given_by=invitation.invited_by,
        invitation_id=invitation.id,
    )  # fmt: skip
    settle(organization, member)
    session.release(invitation.id, UniqueKey(SCOPE, command.account.key))
    return await session.commit(
        member, invitation, organization, organizationId=str(organization.id), roles=list(member.roles)
    )
