"""On whose side the caller of a use case stands."""

from application.kernel.session import Session
from domain.scheduling.appointment import Appointment
from domain.scheduling.kinds import Party


def party_of(session: Session, appointment: Appointment) -> Party:
    """Return on whose side the caller stands in this appointment."""
    caller = session.context.caller
    if "system" in caller.roles:
        return Party.SYSTEM
    sides = {appointment.practitioner_id: Party.PRACTITIONER, appointment.patient_id: Party.PATIENT}
    return sides.get(caller.actor_id, Party.STAFF)
