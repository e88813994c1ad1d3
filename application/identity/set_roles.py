"""Set a member's lasting roles as a whole, in one act: a change of work is not two requests."""

from uuid import UUID

from application.identity.members import guard_giving, member_of, organization_of, settle
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.identity.giving import known


class SetRoles(Command, frozen=True, kw_only=True):
    """The first of ``roles`` is the one the member is known by."""

    user_id: UUID
    roles: tuple[str, ...]


@use_case(SetRoles, "members:change")
async def handle(command: SetRoles, session: Session) -> Outcome:
    """Raises NotFound, UnknownRole, BeyondOwnRoles for what is added or taken, LastAdministrator."""
    context = session.context
    member = await member_of(session, command.user_id)
    organization = await organization_of(session)
    wanted, before = known(command.roles), dict(member.roles)
    for role in wanted:
        member.assign(role, given_by=context.caller.actor_id, now=context.now, primary=role == wanted[0])
    for role in before.keys() - set(wanted):
        member.revoke(role, revoked_by=context.caller.actor_id)
    guard_giving(session, *sorted({role for role, _ in before.items() ^ member.roles.items()}))
    settle(organization, member)
    return await session.commit(member, organization, roles=list(member.roles), primary=member.primary)
