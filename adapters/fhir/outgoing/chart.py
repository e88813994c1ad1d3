"""A person's events folded into what stands now: who they are, their chart's entries, visits and invoices."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.billing import events as billing
from domain.directory.content import Person
from domain.directory.events import PatientCorrected, PatientRegistered, PractitionerCorrected, PractitionerRegistered
from domain.kernel.event import Content, withheld
from domain.kernel.money import Money
from domain.kernel.recorded import Recorded
from domain.records.entry import EntryAmended, EntryRecorded, EntryRetracted
from domain.scheduling import events as scheduling
from domain.scheduling.kinds import AppointmentStatus, AppointmentType

STATUSES: dict[AppointmentStatus | None, str] = {
    AppointmentStatus.CHECKED_IN: "arrived",
    AppointmentStatus.IN_PROGRESS: "in-progress",
    AppointmentStatus.COMPLETED: "finished",
    AppointmentStatus.CANCELLED: "cancelled",
    AppointmentStatus.NO_SHOW: "cancelled",
    AppointmentStatus.EXPIRED: "cancelled",
}
BY_EVENT: dict[type, str] = {
    scheduling.AppointmentCheckedIn: "arrived",
    scheduling.AppointmentStarted: "in-progress",
    scheduling.AppointmentCompleted: "finished",
    scheduling.AppointmentCancelled: "cancelled",
    scheduling.AppointmentMarkedNoShow: "cancelled",
    scheduling.HoldExpired: "cancelled",
}

Registered = PatientRegistered | PatientCorrected | PractitionerRegistered | PractitionerCorrected


class Entry(NamedTuple):
    """A chart entry as it reads now."""

    id: UUID
    patient_id: UUID
    content: Content
    start: datetime
    until: datetime | None
    recorded_at: datetime
    author_id: UUID | None
    encounter_id: UUID | None
    retracted: bool = False


class Visit(NamedTuple):
    """An appointment as it stands."""

    id: UUID
    status: str
    type: AppointmentType
    start: datetime
    minutes: int
    practitioner_id: UUID | None
    words: tuple[str, ...]


class Bill(NamedTuple):
    """An invoice as it stands; each line says what is charged, and its net amount."""

    id: UUID
    status: str = "draft"
    number: str | None = None
    issued_on: str | None = None
    net: Money | None = None
    total: Money | None = None
    lines: tuple[tuple[str, Money], ...] = ()


class Chart:
    """What is left after the last event; what could not be opened is not in it. ``listed``: as what the person is."""

    def __init__(self) -> None:
        self.listed: dict[str, Person | None] = {}
        self.entries: dict[UUID, Entry] = {}
        self.visits: dict[UUID, Visit] = {}
        self.bills: dict[UUID, Bill] = {}

    def fold(self, history: Iterable[Recorded]) -> "Chart":
        """Take one person's opened events in order."""
        for recorded in history:
            match recorded.event:
                case PatientRegistered() | PatientCorrected() | PractitionerRegistered() | PractitionerCorrected() as e:
                    self._is(e)
                case EntryRecorded() | EntryAmended() as e:
                    self._enter(recorded, e)
                case EntryRetracted() if recorded.stream_id in self.entries:
                    entry = self.entries[recorded.stream_id]
                    self.entries[recorded.stream_id] = entry._replace(retracted=True)
                case scheduling.AppointmentEvent() as e:
                    self._visit(recorded.stream_id, e)
                case billing.InvoiceDrafted() | billing.InvoiceImported():
                    self._bill(recorded)
                case _ if recorded.stream_id in self.bills:
                    self._bill(recorded)
                case _:
                    pass
        return self

    def _is(self, event: Registered) -> None:
        kind = "Patient" if isinstance(event, PatientRegistered | PatientCorrected) else "Practitioner"
        said = event.person if isinstance(event.person, Person) else None
        self.listed[kind] = said or self.listed.get(kind)

    def _enter(self, recorded: Recorded, event: EntryRecorded | EntryAmended) -> None:
        if isinstance(event.content, Content):
            first = self.entries.get(recorded.stream_id)
            self.entries[recorded.stream_id] = Entry(
                recorded.stream_id, event.patient_id, event.content, event.effective_at, event.effective_until,
                first.recorded_at if first else recorded.recorded_at, event.author_id, event.encounter_id,
            )  # fmt: skip

    def _visit(self, id_: UUID, event: scheduling.AppointmentEvent) -> None:
        words = tuple(said for name in ("notes", "reason") if isinstance(said := getattr(event, name, None), str))
        visit = self.visits.get(id_)
        if isinstance(event, scheduling.Booking | scheduling.AppointmentImported):
            status = STATUSES.get(getattr(event, "status", None), "planned")
            visit = Visit(id_, status, event.type, event.starts.instant, event.minutes, event.practitioner_id, ())
        if visit is None:
            return
        if isinstance(event, scheduling.AppointmentRescheduled):
            visit = visit._replace(start=event.starts.instant, minutes=event.minutes)
        status = BY_EVENT.get(type(event), visit.status)
        self.visits[id_] = visit._replace(status=status, words=visit.words + words)

    def _bill(self, recorded: Recorded) -> None:
        bill = self.bills.get(recorded.stream_id, Bill(recorded.stream_id))
        match recorded.event:
            case billing.InvoiceLineAdded() as e:
                description = "" if withheld(e.description) else str(e.description)
                bill = bill._replace(lines=(*bill.lines, (description, e.net)))
            case billing.InvoiceIssued() as e:
                bill = bill._replace(status="issued", number=e.number, issued_on=e.issued_on.isoformat(), net=e.net,
                                     total=e.total)  # fmt: skip
            case billing.InvoiceImported() as e:
                bill = bill._replace(status="issued", issued_on=e.issued_on.isoformat(), total=e.total)
            case billing.InvoicePaid():
                bill = bill._replace(status="balanced")
            case billing.InvoiceVoided():
                bill = bill._replace(status="cancelled")
            case _:
                pass
        self.bills[recorded.stream_id] = bill
