"""Close the review of an emergency access with a finding."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.access.break_glass import BreakGlass
from domain.access.events import Finding


class ReviewBreakGlass(Command, frozen=True, kw_only=True):
    """What was found; ``note`` says why."""

    glass_id: UUID
    finding: Finding
    note: str | None = None


@use_case(ReviewBreakGlass, "break-glass:review")
async def handle(command: ReviewBreakGlass, session: Session) -> Outcome:
    """Raises NotFound, OwnReview, GlassStillBroken and AlreadyReviewed."""
    glass = await session.load(BreakGlass, command.glass_id)
    glass.review(
        by=session.context.caller.actor_id, finding=command.finding, note=command.note, now=session.context.now
    )
    return await session.commit(glass, finding=command.finding.value)
