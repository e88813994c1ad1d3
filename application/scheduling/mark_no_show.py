"""Note that nobody came; the seats stay with the time that is over."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.scheduling.calendars import told
from domain.scheduling.appointment import Appointment


class MarkNoShow(Command, frozen=True, kw_only=True):
    """Once the start is over."""

    appointment_id: UUID


@use_case(MarkNoShow, "appointments:attend")
async def handle(command: MarkNoShow, session: Session) -> Outcome:
    """Raises NotFound and what :meth:`Appointment.mark_no_show` raises."""
    appointment = await session.load(Appointment, command.appointment_id)
    appointment.mark_no_show(session.context.now)
    return await session.commit(appointment, **told(appointment))
