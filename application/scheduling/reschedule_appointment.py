"""Move an appointment: seats it keeps stay, new ones are taken and the others released in one commit."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.scheduling.calendars import When, calendar_of, check_hours, civil, told
from application.scheduling.parties import party_of
from application.scheduling.seats import Wanted, seated
from domain.kernel.errors import IllegalTransition
from domain.scheduling.appointment import Appointment
from domain.scheduling.details import Overbooking, check_times
from domain.scheduling.slots import Slot
from domain.scheduling.state import MOVABLE


class RescheduleAppointment(Command, frozen=True, kw_only=True):
    """What is None stays as it is; ``starts`` without a zone, an instant or a clock time, keeps the appointment's."""

    appointment_id: UUID
    starts: When | None = None
    minutes: int | None = None
    practitioner_id: UUID | None = None
    reason: str | None = None
    overbooking: Overbooking | None = None


@use_case(RescheduleAppointment, "appointments:change")
async def handle(command: RescheduleAppointment, session: Session) -> Outcome:
    """Raises SlotTaken, SlotOutsideHours, NotFound and what :meth:`Appointment.reschedule` raises."""
    if command.overbooking is not None:
        session.require("appointments:overbook")
    before = await session.load(Appointment, command.appointment_id)
    practitioner_id = command.practitioner_id or before.practitioner_id
    if practitioner_id is None or before.status not in MOVABLE:
        raise IllegalTransition(f"An appointment that is {before.status} cannot be moved.", status=before.status)
    calendar = await calendar_of(session, practitioner_id)
    starts = civil(command.starts, before.starts.zone) if command.starts else before.starts
    minutes = command.minutes or before.minutes
    check_times(starts, minutes, session.context.now)
    check_hours(session, calendar, starts, minutes)

    async def attempt(fresh: Session, slot: Slot) -> Outcome:
        appointment = await fresh.load(Appointment, command.appointment_id)
        held = appointment.keys
        appointment.reschedule(
            practitioner_id, starts, minutes, slot, capacity=calendar.capacity, now=session.context.now,
            by=party_of(fresh, appointment), reason=command.reason, overbooking=command.overbooking,
        )  # fmt: skip
        fresh.take(appointment.id, *(key for key in appointment.keys if key not in held))
        fresh.release(appointment.id, *(key for key in held if key not in appointment.keys))
        return await fresh.commit(appointment, **told(appointment))

    kept = before.slot.seat_of if before.slot and practitioner_id == before.practitioner_id else {}
    wanted = Wanted(calendar, practitioner_id, starts, minutes, command.overbooking, kept, before.id)
    return await seated(session, wanted, attempt)
