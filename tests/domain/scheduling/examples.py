"""Facts the scheduling tests tell their stories with."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from domain.kernel.civil import CivilTime
from domain.scheduling import events
from domain.scheduling.appointment import Appointment
from domain.scheduling.details import Details, Overbooking
from domain.scheduling.kinds import AppointmentStatus, AppointmentType, CancellationCode, Lead, Party
from domain.scheduling.slots import Slot, cells_of, first_choice

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PATIENT = UUID("01900000-0000-7000-8000-00000000000a")
DOCTOR = UUID("01900000-0000-7000-8000-00000000000b")
OTHER_DOCTOR = UUID("01900000-0000-7000-8000-00000000000c")
SUBSCRIPTION = UUID("01900000-0000-7000-8000-00000000000d")
STARTS = CivilTime(local="2026-03-03T10:00", zone="Europe/Lisbon")
MOVED = CivilTime(local="2026-03-03T10:15", zone="Europe/Lisbon")
THEN = STARTS.instant
HOLD_ENDS = NOW + timedelta(minutes=30)


def slot(starts: CivilTime = STARTS, minutes: int = 30, seat: int = 0) -> Slot:
    """The same seat in every cell."""
    cells = cells_of(starts.instant, minutes)
    return Slot(cells.start, (seat,) * len(cells))


def details(**changes: Any) -> Details:
    """A visit of half an hour."""
    return Details(PATIENT, DOCTOR, AppointmentType.IN_PERSON, STARTS, 30)._replace(**changes)


def book(
    appointment: Appointment,
    about: Details | None = None,
    at: Slot | None = None,
    *,
    capacity: int = 1,
    now: datetime = NOW,
    hold: datetime | None = HOLD_ENDS,
    overbooking: Overbooking | None = None,
) -> None:
    """Hold the visit, now, until half an hour from now."""
    wanted = about or details()
    seats = at or first_choice(cells_of(wanted.starts.instant, wanted.minutes), {})
    appointment.book(wanted, seats, capacity=capacity, now=now, hold_expires_at=hold, overbooking=overbooking)


def move(appointment: Appointment, starts: CivilTime = MOVED, minutes: int = 30, **changes: Any) -> None:
    """Move the visit a quarter of an hour."""
    given: dict[str, Any] = {"capacity": 1, "now": NOW, "by": Party.PATIENT, "reason": None}
    appointment.reschedule(DOCTOR, starts, minutes, changes.pop("at", slot(starts, minutes)), **given | changes)


def booking(**changes: Any) -> dict[str, Any]:
    """What a booking writes down."""
    return {
        "patient_id": PATIENT,
        "practitioner_id": DOCTOR,
        "location_id": None,
        "type": AppointmentType.IN_PERSON,
        "starts": STARTS,
        "minutes": 30,
        "slot": slot(),
        "overbooked": False,
        "overbooking_code": None,
        "parent_appointment_id": None,
        "is_follow_up": False,
        "series_id": None,
        "series_sequence": None,
        "subscription_id": None,
        "is_subscription_based": False,
        "price": None,
        "notes": None,
        "overbooking_reason": None,
    } | changes


def moved(**changes: Any) -> events.AppointmentRescheduled:
    """The fact of moving a quarter of an hour."""
    facts: dict[str, Any] = {
        "patient_id": PATIENT, "practitioner_id": DOCTOR, "starts": MOVED, "minutes": 30, "slot": slot(MOVED),
        "overbooked": False, "overbooking_code": None, "status": AppointmentStatus.SCHEDULED, "moves": 1,
        "by": Party.PATIENT, "reason": None, "overbooking_reason": None,
    }  # fmt: skip
    return events.AppointmentRescheduled(**facts | changes)


HELD = events.AppointmentHeld(**booking(), hold_expires_at=HOLD_ENDS)
BOOKED = events.AppointmentBooked(**booking())
VIDEO = events.AppointmentBooked(**booking(type=AppointmentType.VIDEO_CALL))
CONFIRMED = events.AppointmentConfirmed(patient_id=PATIENT, was_held=True, starts=STARTS)
CHECKED_IN = events.AppointmentCheckedIn(patient_id=PATIENT, checked_in_at=THEN)
STARTED = events.AppointmentStarted(patient_id=PATIENT, started_at=THEN)
COMPLETED = events.AppointmentCompleted(
    patient_id=PATIENT, completed_at=THEN, practitioner_id=DOCTOR, type=AppointmentType.IN_PERSON,
    subscription_id=None, price=None,
)  # fmt: skip
CANCELLED = events.AppointmentCancelled(
    patient_id=PATIENT, code=CancellationCode.PATIENT_REQUEST, by=Party.PATIENT, cancelled_by=PATIENT,
    subscription_id=None, reason=None,
)  # fmt: skip
EXPIRED = events.HoldExpired(patient_id=PATIENT, hold_expires_at=HOLD_ENDS, subscription_id=None)
NO_SHOW = events.AppointmentMarkedNoShow(patient_id=PATIENT, subscription_id=None)
COVERED = events.AppointmentCovered(patient_id=PATIENT, subscription_id=SUBSCRIPTION)
REMINDED = events.AppointmentReminded(patient_id=PATIENT, lead=Lead.DAY, starts=STARTS)
