"""Begin an appointment."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.scheduling.calendars import told
from domain.scheduling.appointment import Appointment


class StartAppointment(Command, frozen=True, kw_only=True):
    """After check-in; a video call begins without one."""

    appointment_id: UUID


@use_case(StartAppointment, "appointments:attend")
async def handle(command: StartAppointment, session: Session) -> Outcome:
    """Raises NotFound and what :meth:`Appointment.start` raises."""
    appointment = await session.load(Appointment, command.appointment_id)
    appointment.start(session.context.now)
    return await session.commit(appointment, **told(appointment))
