"""A practitioner's calendar: the hours of a week, the dates blocked, and how far ahead one may book."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.civil import zone
from domain.kernel.ids import derived_id
from domain.kernel.ownership import Owned
from domain.scheduling.events import DateBlocked, DateUnblocked, WorkingHoursSet
from domain.scheduling.hours import Hours, Opening, check_hours, openings
from domain.scheduling.refusals import (
    BeyondBookingWindow,
    NoticeTooShort,
    NoWorkingHours,
    SlotOutsideHours,
    UnsoundHours,
)

STEP_MINUTES, WINDOW_DAYS, CAPACITY = 15, 60, 1
MAX_STEP, MAX_WINDOW, MAX_CAPACITY, MAX_NOTICE, MAX_WINDOWS = 240, 730, 50, 60 * 24 * 60, 70


def calendar_id(tenant_id: UUID, practitioner_id: UUID) -> UUID:
    """Return the id of the one calendar a practitioner has in a tenant."""
    return derived_id("calendar", tenant_id, practitioner_id)


class PractitionerCalendar(Aggregate):
    """Who has no working hours may be booked at any time; what is booked stays booked when hours change."""

    NAME = "practitioner's calendar"
    practitioner_id: UUID
    zone: str
    hours: tuple[Hours, ...]

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.blocked: set[date] = set()
        self.capacity, self.step_minutes = CAPACITY, STEP_MINUTES
        self.window_days, self.notice_minutes = WINDOW_DAYS, 0

    def set_hours(
        self,
        practitioner_id: UUID,
        hours: Sequence[Hours],
        zone_name: str,
        *,
        capacity: int = CAPACITY,
        step_minutes: int = STEP_MINUTES,
        window_days: int = WINDOW_DAYS,
        notice_minutes: int = 0,
    ) -> None:
        """Say the hours, whole; none at all closes the book."""
        zone(zone_name)
        if len(hours) > MAX_WINDOWS:
            raise UnsoundHours(f"A week has at most {MAX_WINDOWS} windows.", field="hours")
        check_hours(hours)
        for field, value, low, high in (
            ("capacity", capacity, 1, MAX_CAPACITY),
            ("step_minutes", step_minutes, 5, MAX_STEP),
            ("window_days", window_days, 1, MAX_WINDOW),
            ("notice_minutes", notice_minutes, 0, MAX_NOTICE),
        ):
            if not low <= value <= high:
                raise UnsoundHours(f"{field} is between {low} and {high}.", field=field)
        self.record(
            WorkingHoursSet(
                practitioner_id=practitioner_id, zone=zone_name, hours=tuple(hours), capacity=capacity,
                step_minutes=step_minutes, window_days=window_days, notice_minutes=notice_minutes,
            )
        )  # fmt: skip

    def block(self, practitioner_id: UUID, day: date, reason: str | None = None) -> None:
        """Close one date (in the zone of the hours); one that is closed stays closed."""
        if not self.version:
            raise NoWorkingHours("Set the working hours before you block a date.")
        if day not in self.blocked:
            self.record(DateBlocked(practitioner_id=practitioner_id, date=day, reason=reason))

    def unblock(self, practitioner_id: UUID, day: date) -> None:
        """Open a date again; one that is open stays open."""
        if day in self.blocked:
            self.record(DateUnblocked(practitioner_id=practitioner_id, date=day))

    @evolves
    def _hours_set(self, event: WorkingHoursSet) -> None:
        self.practitioner_id = event.practitioner_id
        self.zone, self.hours, self.capacity = event.zone, event.hours, event.capacity
        self.step_minutes, self.window_days = event.step_minutes, event.window_days
        self.notice_minutes = event.notice_minutes

    @evolves
    def _blocked(self, event: DateBlocked) -> None:
        self.blocked.add(event.date)

    @evolves
    def _unblocked(self, event: DateUnblocked) -> None:
        self.blocked.discard(event.date)

    @property
    def owned(self) -> Owned:
        """The practitioner's."""
        return Owned(self.practitioner_id)

    def openings(self, begins: datetime, ends: datetime) -> list[Opening]:
        """Return the spans worked on every date that the time from ``begins`` to ``ends`` touches; [] without hours."""
        if not self.version:
            return []
        there = zone(self.zone)
        first, last = begins.astimezone(there).date(), ends.astimezone(there).date()
        return openings(self.hours, self.zone, self.blocked, first - timedelta(days=1), last)

    def check(self, starts: datetime, minutes: int) -> None:
        """Raise SlotOutsideHours unless the whole time lies within hours; nothing is known without hours."""
        ends = starts + timedelta(minutes=minutes)
        if self.version and not any(o.begins <= starts and ends <= o.ends for o in self.openings(starts, ends)):
            raise SlotOutsideHours("The practitioner does not work at this time.", field="starts")

    def check_notice(self, starts: datetime, now: datetime) -> None:
        """Raise NoticeTooShort or BeyondBookingWindow; for those who book for themselves."""
        if starts < now + timedelta(minutes=self.notice_minutes):
            raise NoticeTooShort("The practitioner asks for longer notice.", notice_minutes=self.notice_minutes)
        if starts > now + timedelta(days=self.window_days):
            raise BeyondBookingWindow("The book is not open that far ahead.", window_days=self.window_days)
