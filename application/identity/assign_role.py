"""Assign a role to a member, for good or until a time."""

from datetime import datetime
from uuid import UUID

from application.identity.members import guard_giving, member_of, organization_of, settle
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session


class AssignRole(Command, frozen=True, kw_only=True):
    """``primary``: it becomes the role the member is known by."""

    user_id: UUID
    role: str
    expires_at: datetime | None = None
    primary: bool = False


@use_case(AssignRole, "roles:assign")
async def handle(command: AssignRole, session: Session) -> Outcome:
    """Raises NotFound, UnknownRole, BeyondOwnRoles, Invalid, and LastAdministrator: one who expires keeps nothing."""
    context = session.context
    member = await member_of(session, command.user_id)
    organization = await organization_of(session)
    member.assign(
        command.role, given_by=context.caller.actor_id, now=context.now, expires_at=command.expires_at,
        primary=command.primary,
    )  # fmt: skip
    guard_giving(session, command.role)
    settle(organization, member)
    return await session.commit(member, organization, roles=list(member.roles), primary=member.primary)
