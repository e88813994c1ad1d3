"""Note that a patient was reminded; for the process that reminds."""

from datetime import datetime
from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.scheduling.appointment import Appointment
from domain.scheduling.kinds import Lead


class NoteReminder(Command, frozen=True, kw_only=True):
    """``starts_at`` is the start the reminder spoke of."""

    appointment_id: UUID
    lead: Lead
    starts_at: datetime


@use_case(NoteReminder, "appointments:remind")
async def handle(command: NoteReminder, session: Session) -> Outcome:
    """Does nothing when it is noted already or the appointment has moved. Raises NotFound."""
    appointment = await session.load(Appointment, command.appointment_id)
    appointment.note_reminder(command.lead, command.starts_at)
    return await session.commit(appointment)
