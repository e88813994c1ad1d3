"""Invite someone, at an address, to join the organisation. The answer is the same whoever has the address."""

from uuid import UUID

from application.identity.members import guard_giving, organization_of
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.ports.event_store import KeyTaken
from domain.identity.invitation import SCOPE, AlreadyInvited, Invitation
from domain.kernel.unique import UniqueKey


class InviteMember(Command, frozen=True, kw_only=True):
    """``account``: the unique key of the address; what it was kept under is ``invitation_id``."""

    invitation_id: UUID
    account: UniqueKey
    email: str
    roles: tuple[str, ...]


@use_case(InviteMember, "invitations:create")
async def handle(command: InviteMember, session: Session) -> Outcome:
    """Sending the link follows. Raises NotFound, UnknownRole, BeyondOwnRoles, AlreadyInvited."""
    context = session.context
    organization = await organization_of(session)
    invitation = Invitation(command.invitation_id)
    invitation.make(
        organization_id=organization.id, email=command.email, roles=command.roles, invited_by=context.caller.actor_id,
        now=context.now,
    )  # fmt: skip
    guard_giving(session, *invitation.roles)
    session.take(invitation.id, UniqueKey(SCOPE, command.account.key))
    try:
        return await session.commit(
            invitation, roles=list(invitation.roles), expiresAt=invitation.expires_at.isoformat()
        )
    except KeyTaken as taken:
        raise AlreadyInvited("An invitation to this address is open: revoke it first.") from taken
