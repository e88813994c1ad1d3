"""Note that an emergency access has run out; for the process that waits for its end."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.access.break_glass import BreakGlass


class ExpireBreakGlass(Command, frozen=True, kw_only=True):
    """Its clock has already ended it; this writes that down and frees its place."""

    glass_id: UUID


@use_case(ExpireBreakGlass, "break-glass:expire")
async def handle(command: ExpireBreakGlass, session: Session) -> Outcome:
    """Does nothing when it was closed before. Raises NotFound."""
    glass = await session.load(BreakGlass, command.glass_id)
    glass.expire(session.context.now)
    if glass.pending:
        session.release(glass.id, glass.key)
    return await session.commit(glass)
