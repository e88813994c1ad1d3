"""Let a hold run out; for the process that waits for its end."""

from datetime import datetime
from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.scheduling.calendars import told
from domain.scheduling.appointment import Appointment


class ExpireHold(Command, frozen=True, kw_only=True):
    """``hold_expires_at`` is the end the process waited for."""

    appointment_id: UUID
    hold_expires_at: datetime


@use_case(ExpireHold, "appointments:expire")
async def handle(command: ExpireHold, session: Session) -> Outcome:
    """Does nothing when the appointment is confirmed or gone. Raises NotFound."""
    appointment = await session.load(Appointment, command.appointment_id)
    held = appointment.keys
    appointment.expire_hold(command.hold_expires_at)
    if appointment.pending:
        session.release(appointment.id, *held)
    return await session.commit(appointment, **told(appointment))
