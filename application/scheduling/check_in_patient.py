"""Note that the patient has come."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.scheduling.calendars import told
from domain.scheduling.appointment import Appointment


class CheckInPatient(Command, frozen=True, kw_only=True):
    """On the day of the appointment, in its zone."""

    appointment_id: UUID


@use_case(CheckInPatient, "appointments:attend")
async def handle(command: CheckInPatient, session: Session) -> Outcome:
    """Raises NotFound and what :meth:`Appointment.check_in` raises."""
    appointment = await session.load(Appointment, command.appointment_id)
    appointment.check_in(session.context.now)
    return await session.commit(appointment, **told(appointment))
