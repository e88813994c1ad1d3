"""Whose appointments a caller may touch: a patient their own, staff those of the whole clinic."""

from uuid import UUID

from application.kernel.context import Caller
from application.kernel.dispatch import NotPermitted
from application.kernel.ownership import SELF_ONLY, guard_own
from application.kernel.session import Session
from domain.identity.policy import permits
from domain.scheduling.appointment import Appointment
from domain.scheduling.kinds import Party

CREATE, CHANGE, ATTEND = "appointments:create", "appointments:change", "appointments:attend"


def own_only(caller: Caller, permission: str) -> UUID | None:
    """Return the one patient whose appointments the caller may see, or None for all of the tenant."""
    return None if permits(caller.roles - {SELF_ONLY}, permission) else caller.actor_id


async def load_own(session: Session, appointment_id: UUID, permission: str) -> Appointment:
    """Return the appointment, or raise NotFound, also when it is not the caller's own and they may only their own."""
    appointment = await session.load(Appointment, appointment_id)
    guard_own(session.context.caller, permission, appointment.patient_id, Appointment.NAME)
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
