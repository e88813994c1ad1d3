"""How a mapped resource becomes the event of a chart entry: checked like any other, with its source and its times."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from adapters.fhir.reading import Json, when
from adapters.fhir.references import Entry, References
from adapters.fhir.refusal import NotMapped, Unusable
from domain.kernel.event import Content, DomainEvent
from domain.records.checks import InvalidContent, check
from domain.records.health_record import CLOCK_SKEW, HAPPENED
from domain.records.shapes import SHAPES, TYPE_OF

VOID = frozenset({"entered-in-error", "not-done", "cancelled", "refuted"})


class Import(NamedTuple):
    """What every mapper is given: the references of the bundle, the source's name, the clock and the place."""

    references: References
    source: str
    now: datetime
    zone: str


class Times(NamedTuple):
    """When an entry holds true."""

    start: datetime | None
    until: datetime | None = None


def standing(status: object) -> None:
    """Leave out a resource whose status says that it does not count."""
    if status in VOID:
        raise NotMapped


def entered(
    given: Import, entry: Entry, content: Content, times: Times, *, author: UUID | None, subject: str = "subject"
) -> DomainEvent:
    """Return the ``…Recorded`` event. Without a time of its own an entry takes its encounter's, or is refused."""
    references, resource = given.references, entry.resource
    try:
        check(content)
    except InvalidContent as refusal:
        rule, field = refusal.details["rule"], refusal.details["field"]
        raise Unusable(f"invalid-content-{rule}", str(field)) from None
    start = times.start or when(references.resource(references.target(resource, "encounter")), "period")
    if start is None:
        raise Unusable("missing-date", "effective")
    record_type = TYPE_OF[type(content)]
    if record_type in HAPPENED and start > given.now + CLOCK_SKEW:
        raise Unusable("not-yet-happened", "effective")
    return SHAPES[record_type].recorded(
        patient_id=references.patient(resource, subject),
        author_id=author,
        effective_at=start,
        effective_until=_end(start, times.until),
        encounter_id=references.one(resource, "encounter", "Encounter"),
        source_system=given.source,
        source_id=str(entry.key),
        content=content,
    )


def _end(start: datetime, until: datetime | None) -> datetime | None:
    """Return the end; an end at the very start is the shortest time there is, an earlier one is refused."""
    if until is None or until > start:
        return until
    if until < start:
        raise Unusable("ends-before-it-starts", "effective")
    return start + timedelta(microseconds=1)


def practitioner(given: Import, resource: Json, *fields: str) -> UUID | None:
    """Return the first practitioner a resource names in ``fields``."""
    found = (given.references.one(resource, field, "Practitioner") for field in fields)
    return next((id_ for id_ in found if id_), None)
