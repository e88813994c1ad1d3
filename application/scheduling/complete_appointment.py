"""End an appointment as having taken place."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.scheduling.calendars import told
from domain.scheduling.appointment import Appointment


class CompleteAppointment(Command, frozen=True, kw_only=True):
    """After it has begun."""

    appointment_id: UUID


@use_case(CompleteAppointment, "appointments:attend")
async def handle(command: CompleteAppointment, session: Session) -> Outcome:
    """Raises NotFound and what :meth:`Appointment.complete` raises."""
    appointment = await session.load(Appointment, command.appointment_id)
    appointment.complete(session.context.now)
    return await session.commit(appointment, **told(appointment))
