"""Random lives of everything that has a stream: commands drawn and tried, those refused left out."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from domain.billing.bill import Occasion
from domain.billing.invoice import Invoice, Line
from domain.billing.issuer import Issuer
from domain.billing.plan import Plan
from domain.billing.states import PaymentMethod
from domain.billing.subscription import Subscription
from domain.directory.content import Person, PersonName
from domain.directory.people import Patient
from domain.kernel.aggregate import Aggregate
from domain.kernel.errors import Refused
from domain.records.content import Allergy
from domain.records.health_record import HealthRecord
from domain.scheduling.appointment import Appointment
from domain.scheduling.calendar import PractitionerCalendar
from domain.scheduling.hours import Hours
from domain.scheduling.kinds import CancellationCode, Lead, Party
from tests.domain.billing import sample as billing
from tests.domain.records import sample as records
from tests.domain.scheduling import examples as scheduling

Act = tuple[Callable[..., None], tuple[Any, ...]]
Choose = Callable[[Any, int], Act]
WORDS = ("Pollen", "Latex", "Iron", "Nickel")


def _record(record: HealthRecord, n: int) -> Act:
    said = Allergy(allergen=WORDS[n % 4])
    acts: list[Act] = [
        (records.enter, (record, said)),
        (records.amend, (record, said)),
        (records.amend, (record, said)),
        (records.retract, (record,)),
    ]
    return acts[n % 4]


def _appointment(visit: Appointment, n: int) -> Act:
    then = scheduling.THEN
    acts: list[Act] = [
        (visit.confirm, (scheduling.NOW,)),
        (scheduling.move, (visit, (scheduling.MOVED, scheduling.STARTS)[n % 2])),
        (visit.cover, (scheduling.SUBSCRIPTION,)),
        (visit.uncover, ()),
        (visit.note_reminder, (Lead.DAY, then)),
        (visit.check_in, (then,)),
        (visit.start, (then,)),
        (visit.complete, (then + timedelta(minutes=30),)),
        (visit.cancel, (CancellationCode.PATIENT_REQUEST, Party.PATIENT, scheduling.PATIENT, "Fell ill")),
        (visit.expire_hold, (scheduling.HOLD_ENDS,)),
    ]
    return acts[n % len(acts)] if visit.version else (scheduling.book, (visit,))


def _subscription(contract: Subscription, n: int) -> Act:
    now, used = billing.at(2 + n % 5, 3), billing.appointment(n % 4)
    acts: list[Act] = [
        (contract.consume, (used, "IN_PERSON", now)),
        (contract.release, (used,)),
        (contract.catch_up, (now,)),
        (contract.pause, (now,)),
        (contract.resume, (now,)),
        (contract.mark_past_due, (UUID(int=n % 3),)),
        (contract.recover, (UUID(int=n % 3), now)),
    ]
    start: Act = (contract.start, (billing.PERSON, billing.plan(), "UTC", billing.JANUARY_31))
    return acts[n % len(acts)] if contract.version else start


def _invoice(invoice: Invoice, n: int) -> Act:
    day, now = date(2026, 3, 1), billing.at(3, 1)
    line = Line(UUID(int=n), f"Visit {n}", 1 + n % 3, billing.inr(1250), 1800, ())
    acts: list[Act] = [
        (invoice.add_line, (line,)),
        (invoice.add_line, (line,)),
        (invoice.issue, (f"INV-2026-{n:06}", Issuer(name="Clinic"), "UTC", day, day + timedelta(days=30))),
        (invoice.pay, (PaymentMethod.CASH, None, day, now, f"receipt {n}")),
        (invoice.void, (day, "Billed twice")),
        (invoice.mark_overdue, (billing.at(5, 1),)),
        (invoice.request_pdf, (now,)),
    ]
    return acts[n % len(acts)] if invoice.version else (invoice.draft, (billing.PERSON, "INR", Occasion(), now))


def _calendar(calendar: PractitionerCalendar, n: int) -> Act:
    doctor, day = scheduling.DOCTOR, date(2026, 3, 1 + n % 5)
    acts: list[Act] = [
        (calendar.set_hours, (doctor, [Hours(n % 7, "09:00", "17:00")], "Europe/Lisbon")),
        (calendar.block, (doctor, day, "Away")),
        (calendar.unblock, (doctor, day)),
    ]
    return acts[n % len(acts)] if calendar.version else acts[0]


def _patient(patient: Patient, n: int) -> Act:
    person = Person(names=[PersonName(text=WORDS[n % 4])])
    return (patient.correct if patient.version else patient.register), (person,)


def _plan(plan: Plan, n: int) -> Act:
    revise: Act = (plan.revise, (f"Plan {n}", billing.BASIC))
    archive: Act = (plan.archive, (billing.CLERK,))
    create: Act = (plan.create, (f"Plan {n}", billing.BASIC))
    return (archive if n % 3 == 2 else revise) if plan.version else create


KINDS: dict[type[Aggregate], Choose] = {
    HealthRecord: _record,
    Appointment: _appointment,
    Subscription: _subscription,
    Invoice: _invoice,
    PractitionerCalendar: _calendar,
    Patient: _patient,
    Plan: _plan,
}


@st.composite
def lives(draw: st.DrawFn, kind: type[Aggregate], longest: int = 14) -> Aggregate:
    """Return an aggregate of ``kind`` with the events of its life waiting; it has at least one."""
    thing = kind(draw(st.uuids(version=4)))
    for n in [0, *draw(st.lists(st.integers(0, 1000), max_size=longest))]:
        act, given = KINDS[kind](thing, n)
        with suppress(Refused):
            act(*given)
    return thing
