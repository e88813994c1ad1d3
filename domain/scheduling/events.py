"""The facts of scheduling. Clear: ids, times, states, codes, money. Sealed: notes, and reasons in someone's words."""

from datetime import date, datetime
from uuid import UUID

from domain.kernel.civil import CivilTime
from domain.kernel.classes import Code, ForeignId, ZoneName
from domain.kernel.event import DomainEvent, Retention, Sealed
from domain.kernel.money import Money
from domain.scheduling.hours import Hours
from domain.scheduling.kinds import (
    AppointmentStatus,
    AppointmentType,
    CancellationCode,
    Lead,
    OverbookingCode,
    Party,
)
from domain.scheduling.slots import Slot


class AppointmentEvent(DomainEvent, frozen=True, kw_only=True):
    """What all facts about an appointment have in common: they are about its patient."""

    SUBJECT = "patient_id"
    patient_id: UUID


class Booking(AppointmentEvent, frozen=True, kw_only=True):
    """What both ways of booking write down."""

    practitioner_id: UUID
    location_id: UUID | None
    type: AppointmentType
    starts: CivilTime
    minutes: int
    slot: Slot
    overbooked: bool
    overbooking_code: OverbookingCode | None
    parent_appointment_id: UUID | None
    is_follow_up: bool
    series_id: UUID | None
    series_sequence: int | None
    subscription_id: UUID | None
    is_subscription_based: bool
    price: Money | None
    notes: Sealed[str | None]
    overbooking_reason: Sealed[str | None]


class AppointmentHeld(Booking, frozen=True, kw_only=True):
    """A time was put on hold; it runs out unless it is confirmed."""

    TOPIC = "scheduling.appointment.held"
    hold_expires_at: datetime


class AppointmentBooked(Booking, frozen=True, kw_only=True):
    """A time was booked outright, with nothing left to wait for."""

    TOPIC = "scheduling.appointment.booked"


class AppointmentConfirmed(AppointmentEvent, frozen=True, kw_only=True):
    """The appointment stands. ``was_held``: until now it could have run out."""

    TOPIC = "scheduling.appointment.confirmed"
    was_held: bool
    starts: CivilTime


class AppointmentRescheduled(AppointmentEvent, frozen=True, kw_only=True):
    """It was moved, for the ``moves``-th time, and is in the ``status`` it was in."""

    TOPIC = "scheduling.appointment.rescheduled"
    practitioner_id: UUID
    starts: CivilTime
    minutes: int
    slot: Slot
    overbooked: bool
    overbooking_code: OverbookingCode | None
    status: AppointmentStatus
    moves: int
    by: Party
    reason: Sealed[str | None]
    overbooking_reason: Sealed[str | None]


class AppointmentCovered(AppointmentEvent, frozen=True, kw_only=True):
    """A subscription pays for it."""

    TOPIC = "scheduling.appointment.covered"
    subscription_id: UUID


class AppointmentUncovered(AppointmentEvent, frozen=True, kw_only=True):
    """The subscription no longer pays for it."""

    TOPIC = "scheduling.appointment.uncovered"
    subscription_id: UUID


class AppointmentCheckedIn(AppointmentEvent, frozen=True, kw_only=True):
    """The patient has come."""

    TOPIC = "scheduling.appointment.checked_in"
    checked_in_at: datetime


class AppointmentStarted(AppointmentEvent, frozen=True, kw_only=True):
    """Patient and practitioner have met."""

    TOPIC = "scheduling.appointment.started"
    started_at: datetime


class AppointmentCompleted(AppointmentEvent, frozen=True, kw_only=True):
    """It has taken place; ``subscription_id`` and ``price`` say how it is paid for."""

    TOPIC = "scheduling.appointment.completed"
    completed_at: datetime
    practitioner_id: UUID | None
    type: AppointmentType
    subscription_id: UUID | None
    price: Money | None


class AppointmentCancelled(AppointmentEvent, frozen=True, kw_only=True):
    """It was called off and its time is free again."""

    TOPIC = "scheduling.appointment.cancelled"
    code: CancellationCode
    by: Party
    cancelled_by: UUID
    subscription_id: UUID | None
    reason: Sealed[str | None]


class AppointmentMarkedNoShow(AppointmentEvent, frozen=True, kw_only=True):
    """The patient did not come. The time is over, so its seats stay as they were."""

    TOPIC = "scheduling.appointment.marked_no_show"
    subscription_id: UUID | None


class HoldExpired(AppointmentEvent, frozen=True, kw_only=True):
    """The hold ran out and its time is free again."""

    TOPIC = "scheduling.appointment.hold_expired"
    hold_expires_at: datetime
    subscription_id: UUID | None


class AppointmentReminded(AppointmentEvent, frozen=True, kw_only=True):
    """The patient was reminded of the appointment as it stands, ``lead`` before its start."""

    TOPIC = "scheduling.appointment.reminded"
    lead: Lead
    starts: CivilTime


class AppointmentImported(AppointmentEvent, frozen=True, kw_only=True):
    """It comes from another system, in the state it has there; ``slot`` only when its time was still to come."""

    TOPIC = "scheduling.appointment.imported"
    source_system: Code
    source_id: ForeignId
    practitioner_id: UUID | None
    location_id: UUID | None
    type: AppointmentType
    starts: CivilTime
    minutes: int
    status: AppointmentStatus
    slot: Slot | None
    reason: Sealed[str | None]


class CalendarEvent(DomainEvent, frozen=True, kw_only=True):
    """What all facts about a practitioner's hours have in common."""

    SUBJECT = "practitioner_id"
    RETENTION = Retention.PROFILE
    practitioner_id: UUID


class WorkingHoursSet(CalendarEvent, frozen=True, kw_only=True):
    """From now on these are the practitioner's hours, whole; ``capacity``: how many are seen at once."""

    TOPIC = "scheduling.calendar.working_hours_set"
    zone: ZoneName
    hours: tuple[Hours, ...]
    capacity: int
    step_minutes: int
    window_days: int
    notice_minutes: int


class DateBlocked(CalendarEvent, frozen=True, kw_only=True):
    """The practitioner does not work on ``date`` (in the zone of the hours); what is booked stays booked."""

    TOPIC = "scheduling.calendar.date_blocked"
    date: date
    reason: Sealed[str | None]


class DateUnblocked(CalendarEvent, frozen=True, kw_only=True):
    """The practitioner works on ``date`` after all."""

    TOPIC = "scheduling.calendar.date_unblocked"
    date: date
