"""Encounter and Claim: appointments that took place, and invoices issued for them elsewhere."""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from adapters.fhir.entries import Import, standing
from adapters.fhir.reading import Json, array, decimal, first, instant, joined, obj, text, until, when
from adapters.fhir.references import Entry
from adapters.fhir.refusal import NotMapped, Unusable
from domain.billing.events import InvoiceImported
from domain.kernel.civil import CivilTime
from domain.kernel.event import DomainEvent
from domain.kernel.money import Money
from domain.kernel.unique import UniqueKey
from domain.scheduling.details import MAX_MINUTES
from domain.scheduling.events import AppointmentImported
from domain.scheduling.kinds import AppointmentStatus as Status
from domain.scheduling.kinds import AppointmentType
from domain.scheduling.slots import Slot, cells_of, first_choice

USUAL = timedelta(minutes=30)
LONGEST_STAY = 10 * 366 * 24 * 60
STATUSES = {
    "planned": Status.SCHEDULED, "arrived": Status.CHECKED_IN, "triaged": Status.CHECKED_IN,
    "in-progress": Status.IN_PROGRESS, "onleave": Status.IN_PROGRESS, "finished": Status.COMPLETED,
    "unknown": Status.COMPLETED, "cancelled": Status.CANCELLED,
}  # fmt: skip
TYPES = {"VR": AppointmentType.VIDEO_CALL, "HH": AppointmentType.HOME_VISIT}
MOST_MINOR_UNITS = 10**15


def encounter(given: Import, entry: Entry) -> DomainEvent:
    """Return AppointmentImported in the state the encounter has there; one still to come takes its seats."""
    resource, references = entry.resource, given.references
    status = text(resource, "status")
    if status == "entered-in-error":
        raise NotMapped
    if status not in STATUSES:
        raise Unusable("unknown-status", "status")
    start = when(resource, "period")
    if start is None:
        raise Unusable("missing-date", "period.start")
    end = until(resource, "period") or start + USUAL
    if end < start:
        raise Unusable("ends-before-it-starts", "period")
    practitioner = references.any(array(resource, "participant"), "individual", "Practitioner")
    minutes = max(1, round((end - start).total_seconds() / 60))
    if minutes > LONGEST_STAY:
        raise Unusable("bad-date", "period")
    reserved = practitioner and start > given.now and STATUSES[status] is Status.SCHEDULED
    slot: Slot | None = None
    if reserved and minutes <= MAX_MINUTES:
        slot = first_choice(cells_of(start, minutes), {})
    return AppointmentImported(
        patient_id=references.patient(resource, "subject"),
        source_system=given.source,
        source_id=str(entry.key),
        practitioner_id=practitioner,
        location_id=references.one(resource, "serviceProvider", "Organization"),
        type=TYPES.get(text(obj(resource, "class"), "code") or "", AppointmentType.IN_PERSON),
        starts=_civil(start, given.zone),
        minutes=minutes,
        status=STATUSES[status],
        slot=slot,
        reason=joined(array(resource, "reasonCode")) or joined(array(resource, "type")),
    )


def _civil(start: datetime, zone: str) -> CivilTime:
    try:
        return CivilTime.at(start, zone)
    except OverflowError:
        raise Unusable("bad-date", "period.start") from None


def seats(event: DomainEvent) -> tuple[UniqueKey, ...]:
    """Return the seats an imported appointment takes; none for anything else."""
    if isinstance(event, AppointmentImported) and event.slot and event.practitioner_id:
        return event.slot.keys(event.practitioner_id)
    return ()


def claim(given: Import, entry: Entry) -> DomainEvent:
    """Return InvoiceImported of an active claim; drafts, withdrawn ones and mere estimates are left out."""
    resource = entry.resource
    status = text(resource, "status")
    standing(status)
    if status == "draft" or text(resource, "use") in {"preauthorization", "predetermination"}:
        raise NotMapped
    created = resource.get("created")
    if created is None:
        raise Unusable("missing-date", "created")
    return InvoiceImported(
        person_id=given.references.patient(resource, "patient"),
        source=str(entry.key),
        total=money(_total(resource)),
        issued_on=instant(created, "created").date(),
    )


def _total(resource: Json) -> Json:
    """Return the claim's total; without one its only item's net is taken, never a sum of our own."""
    total = obj(resource, "total")
    items = array(resource, "item")
    if not total and len(items) == 1:
        total = obj(first(items), "net")
    if not total:
        raise Unusable("missing-total", "total")
    return total


def money(amount: Json) -> Money:
    """Return a FHIR Money in whole minor units, half a unit away from zero."""
    value, currency = decimal(amount, "value"), text(amount, "currency")
    if value is None:
        raise Unusable("missing-value", "total.value")
    if currency is None or len(currency) != len("EUR") or not currency.isalpha() or not currency.isupper():
        raise Unusable("missing-currency", "total.currency")
    places = len(Money(0, currency).decimal().partition(".")[2])
    minor = int(Decimal(value).scaleb(places).quantize(Decimal(1), ROUND_HALF_UP))
    if not 0 <= minor <= MOST_MINOR_UNITS:
        raise Unusable("bad-number", "total.value")
    return Money(minor, currency)
