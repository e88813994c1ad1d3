"""Book an appointment: hold a time until it is confirmed, or book it outright."""

from datetime import timedelta
from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.scheduling.calendars import When, calendar_of, check_hours, civil, told
from application.scheduling.seats import Wanted, seated
from domain.kernel.money import Money
from domain.kernel.ownership import Owned
from domain.scheduling.appointment import Appointment
from domain.scheduling.details import Details, Overbooking
from domain.scheduling.kinds import AppointmentType
from domain.scheduling.refusals import UnsoundLink
from domain.scheduling.slots import Slot

HOLD_MINUTES = 30
LAST_MINUTES = timedelta(minutes=5)


class BookAppointment(Command, frozen=True, kw_only=True):
    """``starts`` without a zone, an instant or a clock time, takes that of the practitioner's hours, or UTC.

    Booking outright, another length of hold and a price are for staff; ``overbooking`` for whoever may overbook.
    """

    patient_id: UUID
    practitioner_id: UUID
    type: AppointmentType
    starts: When
    minutes: int = 30
    outright: bool = False
    hold_minutes: int = HOLD_MINUTES
    location_id: UUID | None = None
    parent_appointment_id: UUID | None = None
    is_follow_up: bool = False
    series_id: UUID | None = None
    series_sequence: int | None = None
    price: Money | None = None
    notes: str | None = None
    overbooking: Overbooking | None = None


@use_case(BookAppointment, "appointments:create")
async def handle(command: BookAppointment, session: Session) -> Outcome:
    """Raises SlotTaken, SlotOutsideHours, NotPermitted, NotFound and what :meth:`Appointment.book` raises."""
    await session.guard(Owned(command.patient_id), "patient")
    if command.outright or command.price is not None or command.hold_minutes != HOLD_MINUTES:
        session.require("appointments:schedule")
    if command.overbooking is not None:
        session.require("appointments:overbook")
    calendar = await calendar_of(session, command.practitioner_id)
    details = details_of(command, calendar.zone if calendar.version else "UTC")
    now = session.context.now
    details.check(now)
    check_hours(session, calendar, details.starts, details.minutes)
    await check_parent(session, details)
    hold = min(now + timedelta(minutes=command.hold_minutes), max(details.starts.instant, now + LAST_MINUTES))
    appointment_id = session.context.new_id()

    async def attempt(fresh: Session, slot: Slot) -> Outcome:
        appointment = Appointment(appointment_id)
        appointment.book(
            details, slot, capacity=calendar.capacity, now=now,
            hold_expires_at=None if command.outright else hold, overbooking=command.overbooking,
        )  # fmt: skip
        fresh.take(appointment.id, *appointment.keys)
        return await fresh.commit(appointment, **told(appointment))

    wanted = Wanted(calendar, details.practitioner_id, details.starts, details.minutes, command.overbooking)
    return await seated(session, wanted, attempt)


def details_of(command: BookAppointment, zone_name: str) -> Details:
    """Return what the command says of the appointment; nothing is on a subscription until its quota is consumed."""
    return Details(
        patient_id=command.patient_id,
        practitioner_id=command.practitioner_id,
        type=command.type,
        starts=civil(command.starts, zone_name),
        minutes=command.minutes,
        location_id=command.location_id,
        parent_appointment_id=command.parent_appointment_id,
        is_follow_up=command.is_follow_up,
        series_id=command.series_id,
        series_sequence=command.series_sequence,
        price=command.price,
        notes=command.notes,
    )


async def check_parent(session: Session, details: Details) -> None:
    """Raise UnsoundLink unless the appointment this one follows is there and is of the same patient."""
    if details.parent_appointment_id is not None:
        parent = await session.store.load(Appointment, session.context.tenant_id, details.parent_appointment_id)
        if not parent.version or parent.patient_id != details.patient_id:
            raise UnsoundLink("The patient has no such appointment to follow.", field="parent_appointment_id")
