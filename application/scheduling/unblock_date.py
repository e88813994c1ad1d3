"""Open a blocked date again."""

from datetime import date
from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.scheduling.calendars import own_calendar


class UnblockDate(Command, frozen=True, kw_only=True):
    """``day`` is a date in the zone of the hours."""

    practitioner_id: UUID
    day: date


@use_case(UnblockDate, "calendar:change")
async def handle(command: UnblockDate, session: Session) -> Outcome:
    """Raises NotPermitted for another's calendar."""
    calendar = await own_calendar(session, command.practitioner_id)
    calendar.unblock(command.practitioner_id, command.day)
    return await session.commit(calendar, date=command.day.isoformat(), blocked=False)
