"""Who an id stands for: what the directory's own events say, so that no read model is needed."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from adapters.jobs.performer import SYSTEM
from domain.directory import content
from domain.directory.events import PatientCorrected, PatientRegistered, PractitionerCorrected, PractitionerRegistered
from domain.directory.people import Patient, Practitioner
from domain.kernel.recorded import Recorded

_EVENTS = (PatientRegistered, PatientCorrected, PractitionerRegistered, PractitionerCorrected)
PEOPLE = tuple(event.TOPIC for event in _EVENTS)
#: What an id may be listed as; of who is listed as several, the last one is who acts.
_LISTED = (Patient, Practitioner)


class Person(NamedTuple):
    """Who acted. ``role`` is patient, practitioner or system, None for an id the directory does not have; ``name`` is
    None when it is unknown, erased or not to be seen."""

    id: UUID
    role: str | None = None
    name: str | None = None

    @classmethod
    def unlisted(cls, person_id: UUID) -> "Person":
        """Return who an id stands for that the directory does not have."""
        return cls(person_id, "system" if person_id == SYSTEM else None)


def streams(tenant_id: UUID, ids: Iterable[UUID]) -> list[UUID]:
    """Return the streams in which the directory may say who the ids stand for."""
    return [kind.stream_of(tenant_id, id_) for id_ in ids for kind in _LISTED]


def people(latest: Iterable[Recorded]) -> dict[UUID, Person]:
    """Return whom the last events of such streams are about."""
    found = [_person(recorded) for recorded in latest]
    order = [kind.NAME for kind in _LISTED]
    return {person.id: person for person in sorted(found, key=lambda person: order.index(person.role or ""))}


def _person(recorded: Recorded) -> Person:
    event = recorded.event
    assert isinstance(event, _EVENTS)
    person_id = event.patient_id if isinstance(event, PatientRegistered | PatientCorrected) else event.practitioner_id
    role = event.TOPIC.split(".")[1]
    known = isinstance(event.person, content.Person) and event.person.names
    return Person(person_id, role, known[0].text if known else None)
