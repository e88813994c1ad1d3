"""Take over an appointment from another system, once: told again, it adds nothing."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.scheduling.calendars import calendar_of, told
from application.scheduling.seats import Wanted, seated
from domain.kernel.civil import CivilTime
from domain.kernel.ids import derived_id
from domain.scheduling.appointment import Appointment
from domain.scheduling.details import MAX_MINUTES, MIN_MINUTES, Import, Overbooking
from domain.scheduling.kinds import AppointmentStatus, AppointmentType, OverbookingCode
from domain.scheduling.slots import Slot
from domain.scheduling.state import OPEN


class ImportAppointment(Command, frozen=True, kw_only=True):
    """``source_id`` is its id in ``source_system``; ``minutes`` may be those of a stay of many days."""

    source_system: str
    source_id: str
    patient_id: UUID
    practitioner_id: UUID | None = None
    location_id: UUID | None = None
    type: AppointmentType = AppointmentType.IN_PERSON
    starts: CivilTime
    minutes: int
    status: AppointmentStatus
    reason: str | None = None


def imported_id(tenant_id: UUID, source_system: str, source_id: str) -> UUID:
    """Return the id an appointment of another system has here."""
    return derived_id("appointment", tenant_id, source_system, source_id)


@use_case(ImportAppointment, "appointments:import")
async def handle(command: ImportAppointment, session: Session) -> Outcome:
    """What is past takes no seats. What is to come takes seats, beyond the capacity if need be: it is given already."""
    appointment_id = imported_id(session.context.tenant_id, command.source_system, command.source_id)
    known = Import(**{field: getattr(command, field) for field in Import._fields})
    found = await session.store.load(Appointment, session.context.tenant_id, appointment_id)
    if found.version:
        return await session.commit(found, **told(found))

    async def attempt(fresh: Session, slot: Slot | None) -> Outcome:
        appointment = Appointment(appointment_id)
        appointment.import_from_elsewhere(known, slot)
        fresh.take(appointment.id, *appointment.keys)
        return await fresh.commit(appointment, **told(appointment))

    to_come = known.status in OPEN and known.starts.instant >= session.context.now
    if known.practitioner_id is None or not to_come or not MIN_MINUTES <= known.minutes <= MAX_MINUTES:
        return await attempt(session, None)
    calendar = await calendar_of(session, known.practitioner_id)
    given = Overbooking(OverbookingCode.DECIDED_ELSEWHERE)
    return await seated(session, Wanted(calendar, known.practitioner_id, known.starts, known.minutes, given), attempt)
