"""End a membership: someone is removed, or leaves."""

from uuid import UUID

from application.identity.members import guard_giving, member_of, organization_of
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.identity.kinds import MembershipEnd


class RemoveMember(Command, frozen=True, kw_only=True):
    """Somebody else."""

    user_id: UUID


@use_case(RemoveMember, "members:remove")
async def handle(command: RemoveMember, session: Session) -> Outcome:
    """Raises NotFound, BeyondOwnRoles when they hold more than the caller, LastAdministrator."""
    return await _ended(session, command.user_id, MembershipEnd.REMOVED)


class LeaveOrganization(Command, frozen=True, kw_only=True):
    """The caller themselves."""


@use_case(LeaveOrganization, "members:leave")
async def leave(command: LeaveOrganization, session: Session) -> Outcome:
    """Raises NotFound, LastAdministrator, PersonalOrganization."""
    return await _ended(session, session.context.caller.actor_id, MembershipEnd.LEFT)


async def _ended(session: Session, user_id: UUID, how: MembershipEnd) -> Outcome:
    member = await member_of(session, user_id)
    organization = await organization_of(session)
    held = tuple(member.roles)
    member.end(how, ended_by=session.context.caller.actor_id)
    if how is MembershipEnd.REMOVED:
        guard_giving(session, *held)
    organization.note_administrator(user_id, keeps=False)
    return await session.commit(member, organization, how=how)
