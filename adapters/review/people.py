"""Who an id stands for: what the directory's own events say, so that no read model is needed."""

from typing import NamedTuple
from uuid import UUID

from adapters.jobs.performer import SYSTEM
from domain.directory import content
from domain.directory.events import PatientCorrected, PatientRegistered, PractitionerCorrected, PractitionerRegistered
from domain.kernel.recorded import Recorded

_EVENTS = (PatientRegistered, PatientCorrected, PractitionerRegistered, PractitionerCorrected)
PEOPLE = tuple(event.TOPIC for event in _EVENTS)


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


def person(recorded: Recorded) -> Person:
    """Return the person of the last event of a stream of the directory."""
    event = recorded.event
    assert isinstance(event, _EVENTS)
    role = event.TOPIC.split(".")[1]
    known = isinstance(event.person, content.Person) and event.person.names
    return Person(recorded.stream_id, role, known[0].text if known else None)
