"""Note that the time of a role is up; for the process that waits for its end."""

from datetime import datetime
from uuid import UUID

from application.identity.members import member_of
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session


class ExpireRole(Command, frozen=True, kw_only=True):
    """Its time was up ``at``; this writes that down, and tokens that have it stop."""

    user_id: UUID
    role: str
    at: datetime


@use_case(ExpireRole, "roles:expire")
async def handle(command: ExpireRole, session: Session) -> Outcome:
    """Does nothing when the role is not held any more, or for longer. A role that expires keeps no organisation."""
    member = await member_of(session, command.user_id)
    member.expire(command.role, max(session.context.now, command.at))
    return await session.commit(member)
