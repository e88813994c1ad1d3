"""Whose appointments a caller may touch: a patient their own, staff those of the whole clinic."""

from uuid import UUID

from application.kernel.context import Caller
from application.kernel.dispatch import NotPermitted
from application.kernel.session import Session
from domain.identity.policy import permits
from domain.kernel.errors import NotFound
from domain.scheduling.appointment import Appointment
from domain.scheduling.kinds import Party

PATIENT = frozenset({"patient"})


def own_only(caller: Caller) -> UUID | None:
    """Return the one patient whose appointments the caller may see, or None for all of the tenant."""
    return caller.actor_id if caller.roles <= PATIENT else None


def guard_own(session: Session, patient_id: UUID) -> None:
    """Refuse another patient, as not there, to a caller who is a patient and nothing more."""
    if own_only(session.context.caller) not in (None, patient_id):
        raise NotFound("There is no such patient here.", id=str(patient_id))


async def load_own(session: Session, appointment_id: UUID) -> Appointment:
    """Return the appointment, or raise NotFound, also when it is not the caller's own."""
    appointment = await session.load(Appointment, appointment_id)
    if own_only(session.context.caller) not in (None, appointment.patient_id):
        raise NotFound("There is no such appointment here.", id=str(appointment_id))
    return appointment


def guard_permitted(session: Session, permission: str) -> None:
    """Refuse what this caller's roles do not allow within a use case they may run."""
    if not permits(session.context.caller.roles, permission):
        raise NotPermitted("Your role does not allow this.", permission=permission)


def party_of(session: Session, appointment: Appointment) -> Party:
    """Return on whose side the caller stands in this appointment."""
    caller = session.context.caller
    if "system" in caller.roles:
        return Party.SYSTEM
    sides = {appointment.practitioner_id: Party.PRACTITIONER, appointment.patient_id: Party.PATIENT}
    return sides.get(caller.actor_id, Party.STAFF)
