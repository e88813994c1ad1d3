"""Revoke a role of a member's: tokens that have it stop within seconds."""

from uuid import UUID

from application.identity.members import guard_giving, member_of, organization_of, settle
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session


class RevokeRole(Command, frozen=True, kw_only=True):
    """The member keeps their other roles."""

    user_id: UUID
    role: str


@use_case(RevokeRole, "roles:revoke")
async def handle(command: RevokeRole, session: Session) -> Outcome:
    """Raises NotFound, BeyondOwnRoles, LastRole, LastAdministrator."""
    member = await member_of(session, command.user_id)
    organization = await organization_of(session)
    member.revoke(command.role, revoked_by=session.context.caller.actor_id)
    guard_giving(session, command.role)
    settle(organization, member)
    return await session.commit(member, organization, roles=list(member.roles), primary=member.primary)
