"""Confirm an appointment: the hold ends, and the seats are found to be its own."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.ports.event_store import VersionConflict
from application.scheduling.calendars import told
from domain.scheduling.appointment import Appointment
from domain.scheduling.refusals import SeatNotHeld


class ConfirmAppointment(Command, frozen=True, kw_only=True):
    """While the hold lasts."""

    appointment_id: UUID


@use_case(ConfirmAppointment, "appointments:change")
async def handle(command: ConfirmAppointment, session: Session) -> Outcome:
    """Raises NotFound, HoldRanOut, IllegalTransition, and SeatNotHeld where the store says another holds a seat."""
    appointment = await session.load(Appointment, command.appointment_id)
    appointment.confirm(session.context.now)
    if appointment.keys:
        holders = await session.store.holders(session.context.tenant_id, appointment.keys)
        if any(holders.get(key) != appointment.id for key in appointment.keys):
            now_there = await session.load(Appointment, command.appointment_id)
            if now_there.version != appointment.version - len(appointment.pending):
                raise VersionConflict("The appointment was moved meanwhile.", id=str(appointment.id))
            raise SeatNotHeld("The time of this appointment is not held by it: move it to another.")
    return await session.commit(appointment, **told(appointment))
