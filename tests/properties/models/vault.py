"""A person's keys as they should be: open, closed or destroyed; and what a process may still believe of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from domain.kernel.event import Retention

OPEN, CLOSED, DESTROYED = "open", "closed", "destroyed"
Person = tuple[UUID, Retention]


@dataclass
class Keys:
    """Per person and class: how the key stands, and its id once that is known."""

    closed: set[Person] = field(default_factory=set)
    destroyed: set[Person] = field(default_factory=set)
    ids: dict[Person, UUID] = field(default_factory=dict)

    def state(self, person: Person) -> str:
        if person in self.destroyed:
            return DESTROYED
        return CLOSED if person in self.closed else OPEN


class Beliefs:
    """What one process may take a key for: what it read last, or what has become of it since, until it looks."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._may: dict[Person, set[str]] = {}

    def of(self, person: Person) -> set[str]:
        return self._may.setdefault(person, {self._keys.state(person)})

    def changed(self, people: Iterable[Person]) -> None:
        for person in people:
            if person in self._may:
                self._may[person].add(self._keys.state(person))

    def looked(self) -> None:
        self._may = {person: {self._keys.state(person)} for person in self._may}


def told(log: Iterable[tuple[str, UUID, list[str]]]) -> Keys:
    """Work out from the log of revocations alone (kind, person, classes) what is closed and what is destroyed."""
    known = Keys()
    for kind, person, classes in log:
        people = {(person, Retention(each)) for each in classes}
        if kind == "closed":
            known.closed |= people
        elif kind == "opened":
            known.closed -= people
        elif kind == "destroyed":
            known.destroyed |= people
    return known
