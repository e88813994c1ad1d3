"""End an appointment as having taken place."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.scheduling.calendars import told
from application.scheduling.own import ATTEND, load_own


class CompleteAppointment(Command, frozen=True, kw_only=True):
    """After it has begun."""

    appointment_id: UUID


@use_case(CompleteAppointment, ATTEND)
async def handle(command: CompleteAppointment, session: Session) -> Outcome:
    """Raises NotFound and what :meth:`Appointment.complete` raises."""
    appointment = await load_own(session, command.appointment_id, ATTEND)
    appointment.complete(session.context.now)
    return await session.commit(appointment, **told(appointment))
