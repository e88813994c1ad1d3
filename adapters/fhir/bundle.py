"""A whole bundle, read strictly: every entry becomes the first event of one stream, is counted, or refuses them all."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

import msgspec

from adapters.fhir import clinical, observations, people, visits
from adapters.fhir.entries import Import
from adapters.fhir.reading import Json, array, text
from adapters.fhir.references import NAMED, Entry, Key, References, key_of, tokens
from adapters.fhir.refusal import NotMapped, Unusable
from application.imports.import_streams import ImportedStream
from domain.kernel.event import DomainEvent
from domain.kernel.unique import UniqueKey

SOURCE = "fhir"
LONGEST_TYPE = 40
TYPES = frozenset({"transaction", "collection", "batch", "searchset"})
MAPPERS: dict[str, Callable[[Import, Entry], DomainEvent]] = {
    "Patient": people.patient,
    "Practitioner": people.practitioner,
    "Organization": people.organization,
    "Encounter": visits.encounter,
    "Claim": visits.claim,
    "Condition": clinical.condition,
    "Procedure": clinical.procedure,
    "MedicationRequest": clinical.medication_request,
    "Immunization": clinical.immunization,
    "AllergyIntolerance": clinical.allergy,
    "Observation": observations.observation,
    "DiagnosticReport": observations.diagnostic_report,
    "ImagingStudy": observations.imaging_study,
}
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


class Reading(NamedTuple):
    """What is in a bundle. ``outside``: streams it refers to that must exist already, with the entry that does."""

    read: Counter[str]
    mapped: list[ImportedStream]
    not_mapped: Counter[str]
    outside: dict[UUID, int]


class Bundle:
    """Parse with :meth:`parse` (counts what is there), then :meth:`reading` maps it. Both raise Unusable."""

    def __init__(self, entries: list[Json]) -> None:
        self._entries = entries
        self.read: Counter[str] = Counter(_type(entry) for entry in entries)

    @classmethod
    def parse(cls, content: bytes) -> "Bundle":
        """Return the bundle of a file's content. Refuses what is not JSON, not FHIR, or not such a bundle."""
        try:
            document = _decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Unusable("not-json") from None
        if not isinstance(document, dict) or not isinstance(document.get("resourceType"), str):
            raise Unusable("not-fhir", "resourceType")
        if document["resourceType"] != "Bundle":
            raise Unusable("not-a-bundle", "resourceType")
        if text(document, "type") not in TYPES:
            raise Unusable("bundle-type", "type")
        return cls(array(document, "entry"))

    def elsewhere(self) -> set[Key]:
        """Return type and identifier of what the bundle refers to by identifier without holding it."""
        references, entries = self._known(UUID(int=0), SOURCE, MappingProxyType({}))
        return {key for entry in entries if entry.key.type in MAPPERS for key in references.elsewhere(entry)}

    def reading(
        self,
        tenant_id: UUID,
        now: datetime,
        zone: str = "UTC",
        source: str = SOURCE,
        known: Mapping[Key, UUID] = MappingProxyType({}),
    ) -> Reading:
        """Map every entry, or raise Unusable with the entry that cannot be taken."""
        references, entries = self._known(tenant_id, source, known)
        given = Import(references, source, now, zone)
        mapped: list[ImportedStream] = []
        not_mapped: Counter[str] = Counter()
        for entry in entries:
            event = _map(given, entry)
            if event is None:
                not_mapped[entry.key.type] += 1
            else:
                key, names = entry.key, named(entry)
                ids = references.stream(key), references.id(key)
                mapped.append(ImportedStream(*ids, key.type, event, visits.seats(event), names))
        return Reading(self.read, mapped, not_mapped, references.outside)

    def _known(self, tenant_id: UUID, source: str, known: Mapping[Key, UUID]) -> tuple[References, list[Entry]]:
        references = References(tenant_id, source, known)
        return references, [self._placed(n, entry, references) for n, entry in enumerate(self._entries)]

    @staticmethod
    def _placed(place: int, given: Json, references: References) -> Entry:
        resource = given.get("resource")
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            raise Unusable("entry-without-resource", "resource", entry=place)
        try:
            entry = Entry(place, key_of(given, resource), resource)
            references.add(entry, text(given, "fullUrl"))
        except Unusable as refusal:
            raise Unusable(refusal.code, refusal.field, entry=place, resource=_type(given)) from None
        return entry


def name_key(key: Key) -> UniqueKey:
    """Return the unique key under which a resource of this type and identifier can be found."""
    return UniqueKey("fhir-identifier", sha256(f"{key.type}|{key.id}".encode()).hexdigest())


def named(entry: Entry) -> tuple[UniqueKey, ...]:
    """Return the keys by which other bundles may refer to an entry."""
    if entry.key.type not in NAMED:
        return ()
    return tuple(name_key(Key(entry.key.type, token)) for token in dict.fromkeys(tokens(entry.resource)))


def _map(given: Import, entry: Entry) -> DomainEvent | None:
    """Return the entry's event, None for one that is left out."""
    mapper = MAPPERS.get(entry.key.type)
    if mapper is None:
        return None
    try:
        given.references.check(entry)
        return mapper(given, entry)
    except NotMapped:
        return None
    except Unusable as refusal:
        raise Unusable(refusal.code, refusal.field, entry=entry.place, resource=entry.key.type) from None


def _type(entry: Json) -> str:
    resource = entry.get("resource")
    found = resource.get("resourceType") if isinstance(resource, dict) else None
    return found if isinstance(found, str) and found.isalpha() and len(found) <= LONGEST_TYPE else "unknown"
