"""How use cases reach a practitioner's hours, and what they tell of an appointment afterwards."""

from datetime import datetime
from uuid import UUID

from application.kernel.session import Session
from domain.kernel.civil import CivilTime
from domain.kernel.ownership import Owned
from domain.scheduling.appointment import Appointment
from domain.scheduling.calendar import PractitionerCalendar, calendar_id
from domain.scheduling.refusals import UnsoundTimes

When = CivilTime | datetime
FIRST_YEAR, LAST_YEAR = 1900, 2199


async def calendar_of(session: Session, practitioner_id: UUID) -> PractitionerCalendar:
    """Return the calendar, empty when no hours are set. If-Match never speaks of it here.

    Hours are read, not locked: a booking decided while they change may still follow the hours of a moment ago.
    """
    tenant_id = session.context.tenant_id
    return await session.store.load(PractitionerCalendar, tenant_id, calendar_id(tenant_id, practitioner_id))


async def own_calendar(session: Session, practitioner_id: UUID) -> PractitionerCalendar:
    """Return the calendar to be changed, one in the caller's reach. If-Match speaks of it."""
    found = await calendar_of(session, practitioner_id)
    await session.guard(Owned(practitioner_id), PractitionerCalendar.NAME, there=bool(found.version))
    if session.context.expected_version is not None:
        return await session.load(PractitionerCalendar, calendar_id(session.context.tenant_id, practitioner_id))
    return found


def civil(when: When, zone_name: str) -> CivilTime:
    """Return the civil time meant: as it is, of an aware instant in the zone, or of a naive clock time there.

    Raises UnsoundTimes far from our days, NoSuchTime, UnknownZone.
    """
    year = int(when.local[:4]) if isinstance(when, CivilTime) else when.year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise UnsoundTimes("This is not a time anyone lives in.", field="starts")
    if isinstance(when, CivilTime):
        return when
    return CivilTime.at(when, zone_name) if when.tzinfo else CivilTime.of(when, zone_name, when.fold)


def check_hours(session: Session, calendar: PractitionerCalendar, starts: CivilTime, minutes: int) -> None:
    """Raise where the hours, or for those who book for themselves the notice and the window, forbid the time."""
    calendar.check(starts.instant, minutes)
    if not session.may("appointments:schedule"):
        calendar.check_notice(starts.instant, session.context.now)


def told(appointment: Appointment) -> dict[str, object]:
    """Return what the answer to a command says of the appointment."""
    expires = appointment.hold_expires_at
    return {
        "status": appointment.status,
        "practitionerId": str(appointment.practitioner_id) if appointment.practitioner_id else None,
        "starts": appointment.starts.local,
        "zone": appointment.starts.zone,
        "date": appointment.starts.instant.isoformat().replace("+00:00", "Z"),
        "minutes": appointment.minutes,
        "holdExpiresAt": expires.isoformat().replace("+00:00", "Z") if expires else None,
        "overbooked": appointment.overbooked,
    }
