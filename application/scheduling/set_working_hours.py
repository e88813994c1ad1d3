"""Say when a practitioner works."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.scheduling.calendars import own_calendar
from domain.scheduling.calendar import CAPACITY, STEP_MINUTES, WINDOW_DAYS
from domain.scheduling.hours import Hours


class SetWorkingHours(Command, frozen=True, kw_only=True):
    """The week, whole; see :meth:`PractitionerCalendar.set_hours`."""

    practitioner_id: UUID
    zone: str
    hours: tuple[Hours, ...]
    capacity: int = CAPACITY
    step_minutes: int = STEP_MINUTES
    window_days: int = WINDOW_DAYS
    notice_minutes: int = 0


@use_case(SetWorkingHours, "calendar:change")
async def handle(command: SetWorkingHours, session: Session) -> Outcome:
    """Raises NotPermitted for another's calendar, UnknownZone, UnsoundHours."""
    calendar = await own_calendar(session, command.practitioner_id)
    calendar.set_hours(
        command.practitioner_id,
        command.hours,
        command.zone,
        capacity=command.capacity,
        step_minutes=command.step_minutes,
        window_days=command.window_days,
        notice_minutes=command.notice_minutes,
    )
    return await session.commit(calendar, practitionerId=str(command.practitioner_id), capacity=command.capacity)
