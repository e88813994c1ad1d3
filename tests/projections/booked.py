"""A clinic's day as its appointments tell it: every event of scheduling happens to somebody."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.kernel.civil import CivilTime
from domain.kernel.event import DomainEvent
from domain.kernel.money import Money
from domain.scheduling.appointment import Appointment
from domain.scheduling.calendar import PractitionerCalendar
from domain.scheduling.details import Details, Overbooking
from domain.scheduling.events import AppointmentImported
from domain.scheduling.hours import Hours
from domain.scheduling.kinds import (
    AppointmentStatus,
    AppointmentType,
    CancellationCode,
    Lead,
    OverbookingCode,
    Party,
)
from domain.scheduling.slots import Slot, cells_of
from tests.domain.scheduling.examples import DOCTOR, NOW, OTHER_DOCTOR, PATIENT, SUBSCRIPTION
from tests.projections.stage import Fact

Telling = tuple[UUID, DomainEvent]
LISBON = "Europe/Lisbon"
DAY = date(2026, 3, 3)
KEPT, OFF, RUN_OUT, MISSED, MOVED, TOLD, CALENDAR = (
    UUID(int=0x01900000_0000_7000_8000_000000000000 + n) for n in range(1, 8)
)
LATER = NOW + timedelta(hours=1)


def at(clock: str, day: date = DAY) -> CivilTime:
    """A time on the wall in Lisbon."""
    return CivilTime(f"{day}T{clock}", LISBON)


def seats(starts: CivilTime, minutes: int, seat: int = 0) -> Slot:
    """The same seat in every cell."""
    cells = cells_of(starts.instant, minutes)
    return Slot(cells.start, (seat,) * len(cells))


def made(
    appointment_id: UUID, clock: str, *, minutes: int = 30, seat: int = 0, held: bool = False, **more: object
) -> Appointment:
    """An appointment of the patient with the doctor, booked or held; beyond the first seat it is overbooked."""
    appointment = Appointment(appointment_id)
    about = Details(PATIENT, DOCTOR, AppointmentType.IN_PERSON, at(clock), minutes)._replace(**more)  # type: ignore[arg-type]
    appointment.book(
        about, seats(about.starts, minutes, seat), capacity=1, now=NOW, hold_expires_at=LATER if held else None,
        overbooking=Overbooking(OverbookingCode.URGENT, "Fever"),
    )  # fmt: skip
    return appointment


def kept() -> Appointment:
    """Held, confirmed, paid by a subscription for a while, reminded, attended; it follows the one moved."""
    price = Money(4500, "EUR")
    told = made(KEPT, "10:00", held=True, parent_appointment_id=MOVED, is_follow_up=True, price=price, notes="Knee")
    told.confirm(NOW)
    told.cover(SUBSCRIPTION)
    told.uncover()
    told.cover(SUBSCRIPTION)
    told.note_reminder(Lead.DAY, told.starts.instant)
    told.check_in(told.starts.instant - timedelta(minutes=10))
    told.start(told.starts.instant)
    told.complete(told.starts.instant + timedelta(minutes=25))
    return told


def called_off() -> Appointment:
    """Booked and cancelled."""
    told = made(OFF, "11:00")
    told.cancel(CancellationCode.CLINIC_CLOSED, Party.STAFF, DOCTOR, "A burst pipe")
    return told


def run_out() -> Appointment:
    """Held and never confirmed."""
    told = made(RUN_OUT, "12:00", held=True)
    told.expire_hold(LATER)
    return told


def missed() -> Appointment:
    """Overbooked, and nobody came."""
    told = made(MISSED, "10:00", seat=1)
    told.mark_no_show(told.starts.instant)
    return told


def moved() -> Appointment:
    """Moved twice, the second time to another doctor."""
    told = made(MOVED, "15:00")
    for doctor, to in ((DOCTOR, at("16:00")), (OTHER_DOCTOR, at("09:15", DAY + timedelta(days=1)))):
        told.reschedule(doctor, to, 45, seats(to, 45), capacity=1, now=NOW, by=Party.PATIENT, reason="A train")
    return told


TOLD_ELSEWHERE = AppointmentImported(
    source_system="urn:elsewhere", source_id="enc-1", patient_id=PATIENT, practitioner_id=DOCTOR, location_id=None,
    type=AppointmentType.IN_PERSON, starts=CivilTime("1996-12-03T19:35", "UTC"), minutes=60,
    status=AppointmentStatus.COMPLETED, slot=None, reason="Appendicitis",
)  # fmt: skip


def calendar() -> PractitionerCalendar:
    """Mornings, two dates blocked and one of them opened again."""
    told = PractitionerCalendar(CALENDAR)
    told.set_hours(DOCTOR, [Hours(day, "09:00", "13:00") for day in range(7)], LISBON)
    for day in (DAY + timedelta(days=1), DAY + timedelta(days=2)):
        told.block(DOCTOR, day, "A wedding")
    told.unblock(DOCTOR, DAY + timedelta(days=1))
    return told


def story() -> list[Telling]:
    """Everything, one stream after another in turns."""
    streams = [calendar(), kept(), called_off(), run_out(), missed(), moved()]
    return [(TOLD, TOLD_ELSEWHERE)] + [(s.id, s.pending[n]) for n in range(10) for s in streams if n < len(s.pending)]


def facts(telling: Sequence[Telling], recorded_at: datetime = NOW) -> list[Fact]:
    """The same as facts for a stage."""
    versions: dict[UUID, int] = {}
    found = []
    for stream, event in telling:
        versions[stream] = versions.get(stream, 0) + 1
        found.append(Fact(stream, versions[stream], recorded_at, event))
    return found
