"""Answers of the scheduling routes, as the OpenAPI document shows them, and rows of the read models in their shape."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.naming import camel_name
from domain.kernel.civil import CivilTime
from domain.kernel.money import Money
from domain.scheduling.kinds import AppointmentStatus, AppointmentType, CancellationCode, OverbookingCode, Party
from projections.free_times.queries import WorkingHours
from projections.kernel.reader import Row

#: Under another name: fields of answers are called date.
LocalDate = date


class Answer(BaseModel):
    """camelCase names."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class AppointmentDone(Answer):
    """What a command on an appointment answers."""

    id: UUID
    version: int = Field(examples=[1])
    status: AppointmentStatus
    practitioner_id: UUID | None
    date: datetime = Field(description="The start as an instant.", examples=["2026-12-15T10:00:00Z"])
    starts: str = Field(description="The start on the wall.", examples=["2026-12-15T10:00"])
    zone: str = Field(examples=["Europe/Lisbon"])
    minutes: int = Field(examples=[30])
    hold_expires_at: datetime | None
    overbooked: bool


class AppointmentView(AppointmentDone):
    """An appointment as it stands."""

    patient_id: UUID
    location_id: UUID | None
    type: AppointmentType
    ends: datetime
    fold: int
    moves: int
    parent_appointment_id: UUID | None
    is_follow_up: bool
    series_id: UUID | None
    series_sequence: int | None
    subscription_id: UUID | None
    is_subscription_based: bool
    price: str | None = Field(examples=["45.00"])
    price_cents: int | None = Field(alias="price_cents", examples=[4500])
    currency: str | None
    overbooking_code: OverbookingCode | None
    cancellation_code: CancellationCode | None
    cancelled_by: Party | None
    source_system: str | None
    source_id: str | None
    booked_at: datetime
    changed_at: datetime


class AppointmentDetail(AppointmentView):
    """With what was said about it, as last said."""

    notes: str | None
    reason: str | None
    overbooking_reason: str | None
    erased: bool = Field(False, description="The patient's data was erased; what is clear remains.")


class ChainLink(AppointmentView):
    """``place``: below 0 what it follows, 0 itself, above 0 what follows it."""

    place: int


class DayEntry(Answer):
    """An appointment in a day's list."""

    id: UUID
    version: int
    status: AppointmentStatus
    type: AppointmentType
    date: datetime
    starts: str
    zone: str
    minutes: int
    patient_id: UUID
    location_id: UUID | None
    overbooked: bool
    checked_in_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None


class Day(Answer):
    """A practitioner's day."""

    practitioner_id: UUID
    date: LocalDate
    appointments: list[DayEntry]


class FreeTime(Answer):
    """A start at which a seat is left."""

    date: datetime
    starts: str
    zone: str
    fold: int


class FreeTimes(Answer):
    """``workingHoursSet`` false: no hours are known, so none can be offered (booking is possible at any time)."""

    practitioner_id: UUID
    working_hours_set: bool
    minutes: int
    times: list[FreeTime]


class CalendarDone(Answer):
    """What a command on a calendar answers."""

    id: UUID
    version: int


class Window(Answer):
    """A window of work."""

    weekday: int
    opens: str
    closes: str


class Hours(Answer):
    """A practitioner's week and the dates blocked in it."""

    practitioner_id: UUID
    version: int
    zone: str
    hours: list[Window]
    capacity: int
    step_minutes: int
    window_days: int
    notice_minutes: int
    blocked_dates: list[LocalDate]


class Figures(Answer):
    """How the appointments of a group went. Seconds and hours are averages."""

    group: str = Field(examples=["IN_PERSON"])
    appointments: int
    completed: int
    cancelled: int
    no_shows: int
    expired: int
    moved: int
    overbooked: int
    on_subscription: int
    minutes_completed: int
    average_wait_seconds: int | None
    average_hours_ahead: int | None


class AppointmentFigures(Answer):
    """Figures per group; ``asOfPosition``: the last event in any of them."""

    as_of_position: int
    groups: list[Figures]


def _camel(row: Row) -> dict[str, Any]:
    return {camel_name(name): value for name, value in row.items()}


def _times(row: Row) -> dict[str, Any]:
    """Return a copy with the times under the names clients use."""
    named = dict(row)
    named["id"] = named.pop("appointment_id")
    named["date"], named["starts"] = named.pop("starts_at"), named.pop("starts_local")
    return named


def appointment(row: Row) -> dict[str, Any]:
    """Return a row of the read model ``appointment``."""
    named = _times(row)
    named["ends"] = named.pop("ends_at")
    cents, currency = named.pop("price_amount"), named.pop("price_currency")
    price = None if cents is None else Money(cents, currency).decimal()
    return _camel(named) | {"price": price, "price_cents": cents, "currency": currency}


def entry(row: Row) -> dict[str, Any]:
    """Return a row of the read model ``daily_schedule``."""
    return _camel(_times(row))


def figures(row: Row) -> dict[str, Any]:
    """Return a row of figures."""
    return _camel(row)


def free_time(starts: CivilTime) -> dict[str, Any]:
    """Return a free time."""
    return {"date": starts.instant, "starts": starts.local, "zone": starts.zone, "fold": starts.fold}


def hours(practitioner_id: UUID, kept: WorkingHours) -> dict[str, Any]:
    """Return working hours as they stand."""
    week = [{"weekday": w.weekday, "opens": w.opens, "closes": w.closes} for w in kept.hours]
    plain = {name: value for name, value in kept._asdict().items() if name not in {"hours", "blocked"}}
    return {"practitionerId": practitioner_id, **_camel(plain), "hours": week, "blockedDates": kept.blocked}
