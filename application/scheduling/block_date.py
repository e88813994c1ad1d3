"""Close one date of a practitioner's calendar; what is booked on it stays booked."""

from datetime import date
from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.scheduling.calendars import own_calendar


class BlockDate(Command, frozen=True, kw_only=True):
    """``day`` is a date in the zone of the hours."""

    practitioner_id: UUID
    day: date
    reason: str | None = None


@use_case(BlockDate, "calendar:change")
async def handle(command: BlockDate, session: Session) -> Outcome:
    """Raises NotPermitted for another's calendar, NoWorkingHours."""
    calendar = await own_calendar(session, command.practitioner_id)
    calendar.block(command.practitioner_id, command.day, command.reason)
    return await session.commit(calendar, date=command.day.isoformat(), blocked=True)
