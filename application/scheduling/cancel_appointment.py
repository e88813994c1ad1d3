"""Cancel an appointment; its time is free again at once."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.scheduling.calendars import told
from application.scheduling.parties import party_of
from domain.scheduling.appointment import Appointment
from domain.scheduling.kinds import CancellationCode, Party


class CancelAppointment(Command, frozen=True, kw_only=True):
    """``reason`` is in someone's words and stays sealed; ``code`` is for everyone."""

    appointment_id: UUID
    code: CancellationCode | None = None
    reason: str | None = None


@use_case(CancelAppointment, "appointments:change")
async def handle(command: CancelAppointment, session: Session) -> Outcome:
    """Raises NotFound and IllegalTransition. Without a code it is the patient's wish, or another reason."""
    appointment = await session.load(Appointment, command.appointment_id)
    held, by = appointment.keys, party_of(session, appointment)
    code = command.code or (CancellationCode.PATIENT_REQUEST if by is Party.PATIENT else CancellationCode.OTHER)
    appointment.cancel(code, by, session.context.caller.actor_id, command.reason)
    session.release(appointment.id, *held)
    return await session.commit(appointment, **told(appointment))
