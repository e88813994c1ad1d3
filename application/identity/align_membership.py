"""Align a membership with what an identity provider says of it. Only a membership that began by it follows it: what was
given here is taken here."""

from datetime import datetime
from uuid import UUID

from application.identity.members import organization_of, settle
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.identity.epoch import membership_id
from domain.identity.giving import known
from domain.identity.kinds import MembershipEnd
from domain.identity.membership import Membership


class AlignMembership(Command, frozen=True, kw_only=True):
    """In the organisation's tenant, in the provider's name. No ``roles``: the user does not belong there any more."""

    user_id: UUID
    roles: tuple[str, ...]


@use_case(AlignMembership, "members:align")
async def handle(command: AlignMembership, session: Session) -> Outcome:
    """Raises NotFound, OrganizationOver, PersonalOrganization, UnknownRole, LastAdministrator."""
    context = session.context
    provider_id, stream_id = context.caller.actor_id, membership_id(context.tenant_id, command.user_id)
    member = await session.store.load(Membership, context.tenant_id, stream_id)
    organization = await organization_of(session)
    if not member.member and command.roles:
        member.join(
            organization_id=organization.id, user_id=command.user_id, roles=command.roles, given_by=provider_id
        )  # fmt: skip
    elif member.member and member.given_by == provider_id:
        if command.roles:
            _set(member, command.roles, provider_id, context.now)
        else:
            member.end(MembershipEnd.REMOVED, ended_by=provider_id)
    if member.pending:
        settle(organization, member)
    return await session.commit(member, organization)


def _set(member: Membership, roles: tuple[str, ...], provider_id: UUID, now: datetime) -> None:
    before = list(member.roles)
    for role in known(roles):
        member.assign(role, given_by=provider_id, now=now, primary=role == roles[0])
    for role in before:
        if role not in roles:
            member.revoke(role, revoked_by=provider_id)
