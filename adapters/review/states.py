"""The state of any aggregate after any of its events: found by its first event, folded, and shown as it is."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from uuid import UUID

import domain
from adapters.review.changes import Leaves, attributes, is_reason, leaves, plain
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent

HIDDEN = frozenset({"id", "version", "pending"})
SIMPLE = (str, int, float, dict)


class NoAggregate(Exception):
    """No aggregate of this program begins with this event."""


@lru_cache(maxsize=1)
def aggregates() -> dict[type[DomainEvent], type[Aggregate]]:
    """Return the aggregate that each event belongs to."""
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        importlib.import_module(module.name)
    found: dict[type[DomainEvent], type[Aggregate]] = {}
    waiting: list[type[Aggregate]] = [Aggregate]
    while waiting:
        aggregate = waiting.pop()
        below = [kind for kind in aggregate.__subclasses__() if kind.__module__.startswith("domain.")]
        waiting += below
        if not below:
            found |= dict.fromkeys(aggregate.EVOLVE, aggregate)
    return found


class State:
    """A stream's state: what its aggregate holds, and what its events said last that no aggregate keeps."""

    def __init__(self, stream_id: UUID, first: DomainEvent) -> None:
        kind = aggregates().get(type(first))
        if kind is None:
            raise NoAggregate(type(first).TOPIC)
        self.aggregate = kind(stream_id)
        self._derived = derived()[kind.__name__]
        self._said: dict[str, Any] = {}

    @property
    def kind(self) -> str:
        """What the field calls it."""
        return self.aggregate.NAME

    @property
    def version(self) -> int:
        """The version of the last event."""
        return self.aggregate.version

    def apply(self, event: DomainEvent) -> None:
        """Take the next event."""
        self.aggregate.replay((event,))
        self._said |= {name: getattr(event, name) for name in event.__struct_fields__}

    def replay(self, events: Iterable[DomainEvent]) -> "State":
        """Take events in order."""
        for event in events:
            self.apply(event)
        return self

    def held(self) -> dict[str, Any]:
        """Return what the aggregate holds: what its rules rest on, and the plain values it derives from that."""
        shown = {name: plain(value) for name, value in attributes(self.aggregate) if name not in HIDDEN}
        for name in self._derived:
            try:
                value = plain(getattr(self.aggregate, name))
            except AttributeError:  # nothing it is derived from has happened yet
                continue
            if value is None or isinstance(value, SIMPLE):
                shown[name] = value
        return shown

    def said(self) -> dict[str, Any]:
        """Return what the events said last under names the aggregate does not have; why they happened is not in it."""
        held = self.held()
        return {n: plain(value) for n, value in self._said.items() if n not in held and not is_reason(n)}

    def leaves(self) -> Leaves:
        """Return what the aggregate holds, taken apart."""
        return leaves(self.held())


@lru_cache(maxsize=1)
def derived() -> dict[str, tuple[str, ...]]:
    """Return the names of the public properties of every aggregate, by its name."""
    return {kind.__name__: tuple(_properties(kind)) for kind in aggregates().values()}


def _properties(aggregate: type[Aggregate]) -> Iterator[str]:
    for kind in aggregate.__mro__:
        for name, value in vars(kind).items():
            if isinstance(value, property) and not name.startswith("_"):
                yield name
