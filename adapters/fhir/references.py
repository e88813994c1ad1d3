"""Who refers to whom: every reference of a bundle is resolved before anything is taken from it."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from adapters.fhir.reading import Json, array, obj, text
from adapters.fhir.refusal import Unusable
from domain.directory.people import Patient, Practitioner
from domain.kernel.aggregate import Aggregate
from domain.kernel.ids import derived_id

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_LITERAL = re.compile(
    r"(?:https?://.*/)?([A-Z][A-Za-z]{2,40})/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?"
)
#: Resource types that become streams: a reference to one of these must lead somewhere.
STREAMS = frozenset(
    {"Patient", "Practitioner", "Organization", "Encounter", "Condition", "Observation", "DiagnosticReport",
     "ImagingStudy", "Procedure", "MedicationRequest", "Immunization", "AllergyIntolerance", "Claim"}
)  # fmt: skip


#: Types whose streams do not bear the id they go by.
LISTED: dict[str, type[Aggregate]] = {"Patient": Patient, "Practitioner": Practitioner}


#: Types that other bundles refer to by their public identifiers (a patient's are private, and never kept as keys).
NAMED = frozenset({"Practitioner", "Organization"})


class Key(NamedTuple):
    """What a resource is known by."""

    type: str
    id: str

    def __str__(self) -> str:
        return f"{self.type}/{self.id}"


class Entry(NamedTuple):
    """A resource in its place in the bundle."""

    place: int
    key: Key
    resource: Json


def key_of(entry: Json, resource: Json) -> Key:
    """Return a resource's key: its id, or for one without id the end of its fullUrl."""
    found = text(resource, "id") or re.split(r"[:/]", text(entry, "fullUrl") or "")[-1]
    if not _ID.fullmatch(found):
        raise Unusable("bad-id", "id")
    return Key(text(resource, "resourceType") or "", found)


class References:
    """Resolves the references of one bundle. ``outside``: streams that must be in the store already, with who asks.

    ``known``: ids that came with other bundles, by (type, identifier token), for conditional references that leave this
    one.
    """

    def __init__(self, tenant_id: UUID, source: str, known: Mapping[Key, UUID] = MappingProxyType({})) -> None:
        self._tenant_id = tenant_id
        self._source = source
        self._known = known
        self._entries: dict[str, Entry] = {}
        self._identified: dict[Key, Entry] = {}
        self.outside: dict[UUID, int] = {}

    def add(self, entry: Entry, full_url: str | None) -> None:
        """Make an entry known under its fullUrl, its relative reference and its identifiers."""
        for name in {full_url, str(entry.key)} - {None}:
            if self._entries.setdefault(str(name), entry) is not entry:
                raise Unusable("duplicate-entry", "fullUrl")
        for token in tokens(entry.resource):
            self._identified.setdefault(Key(entry.key.type, token), entry)

    def elsewhere(self, entry: Entry) -> Iterator[Key]:
        """Yield type and identifier of what an entry refers to by identifier and the bundle does not hold."""
        for reference in _literal_references(entry.resource):
            wanted = _conditional(reference)
            if wanted is not None and wanted.type in NAMED and wanted not in self._identified:
                yield wanted

    def id(self, key: Key) -> UUID:
        """Return the id a resource goes by here, the same in every import."""
        return self._known.get(key) or derived_id(self._source, self._tenant_id, key.type, key.id)

    def stream(self, key: Key) -> UUID:
        """Return the stream a resource becomes."""
        return LISTED.get(key.type, Aggregate).stream_of(self._tenant_id, self.id(key))

    def check(self, entry: Entry) -> None:
        """Refuse an entry with a reference that leads nowhere; note those that lead out of the bundle."""
        contained = {f"#{text(inner, 'id')}" for inner in array(entry.resource, "contained")} | {"#"}
        for reference in _literal_references(entry.resource):
            if reference.startswith("#"):
                if reference not in contained:
                    raise Unusable("unknown-reference", "reference")
                continue
            key = self.key(reference)
            if str(key) not in self._entries and key not in self._known and key.type in STREAMS:
                self.outside.setdefault(self.stream(key), entry.place)

    def key(self, reference: str) -> Key:
        """Return the key a literal or conditional reference leads to."""
        wanted = _conditional(reference)
        found = self._identified.get(wanted) if wanted else self._entries.get(reference)
        if found is not None:
            return found.key
        if wanted and (wanted in self._known or wanted.type not in STREAMS):
            return wanted
        literal = _LITERAL.fullmatch(reference)
        if literal is None:
            raise Unusable("unknown-reference", "reference")
        return Key(literal[1], literal[2])

    def target(self, holder: Json, field: str) -> Key | None:
        """Return the key of the resource that ``holder.field`` refers to; None when it names none literally."""
        reference = text(obj(holder, field), "reference")
        return self.key(reference) if reference and not reference.startswith("#") else None

    def resource(self, key: Key | None) -> Json:
        """Return the bundle's resource of this key, {} when it lies outside."""
        found = self._entries.get(str(key))
        return found.resource if found else {}

    def patient(self, resource: Json, field: str) -> UUID:
        """Return the id of the patient a resource is about; refuse when it names none."""
        key = self.target(resource, field)
        if key is None:
            raise Unusable("missing-subject", field)
        if key.type != "Patient":
            raise Unusable("subject-not-a-patient", field)
        return self.id(key)

    def one(self, holder: Json, field: str, wanted: str) -> UUID | None:
        """Return the id of what is of the ``wanted`` type and ``holder.field`` refers to; None when there is none."""
        key = self.target(holder, field)
        return self.id(key) if key and key.type == wanted else None

    def any(self, holders: list[Json], field: str, wanted: str) -> UUID | None:
        """Return the first id of the ``wanted`` type among several holders."""
        found = (self.one(holder, field, wanted) for holder in holders)
        return next((id_ for id_ in found if id_), None)


def tokens(resource: Json) -> Iterator[str]:
    """Yield the identifiers of a resource as conditional references write them: system|value."""
    for identifier in array(resource, "identifier") if isinstance(resource.get("identifier"), list) else ():
        value = text(identifier, "value")
        if value:
            yield f"{text(identifier, 'system') or ''}|{value}"


def _conditional(reference: str) -> Key | None:
    wanted, found, token = reference.partition("?identifier=")
    return Key(wanted, token) if found else None


def _literal_references(resource: Json) -> Iterator[str]:
    """Yield every literal reference, however deep, save those of contained resources."""
    waiting: list[Any] = [resource]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            reference = value.get("reference")
            if isinstance(reference, str):
                yield reference
            waiting.extend(inner for name, inner in value.items() if name != "contained")
