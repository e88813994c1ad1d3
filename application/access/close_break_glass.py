"""End an emergency access before its time."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.access.break_glass import BreakGlass


class CloseBreakGlass(Command, frozen=True, kw_only=True):
    """By who opened it, or by who reviews."""

    glass_id: UUID


@use_case(CloseBreakGlass, "break-glass:close")
async def handle(command: CloseBreakGlass, session: Session) -> Outcome:
    """Raises NotFound (another's is not there) and GlassNotBroken."""
    glass = await session.load(BreakGlass, command.glass_id)
    glass.close(by=session.context.caller.actor_id, now=session.context.now)
    session.release(glass.id, glass.key)
    return await session.commit(glass, state="closed")
