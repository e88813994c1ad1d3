"""The state of any aggregate after any of its events: found by its first event, folded, and shown as it is."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, get_origin, get_type_hints
from uuid import UUID

import domain
from adapters.review.changes import Leaves, is_reason, leaves, plain
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent

HIDDEN = frozenset({"id", "version", "pending"})
COLLECTIONS = (list, tuple, set, frozenset, dict)


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
        self._derived = derived()[type(first)]
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
        shown = {name: plain(value) for name, value in vars(self.aggregate).items() if name not in HIDDEN}
        for name in self._derived:
            with suppress(AttributeError):  # nothing it is derived from has happened yet
                shown[name] = plain(getattr(self.aggregate, name))
        return shown

    def said(self) -> dict[str, Any]:
        """Return what the events said last under names the aggregate does not have; why they happened is not in it."""
        held = self.held()
        return {n: plain(value) for n, value in self._said.items() if n not in held and not is_reason(n)}

    def leaves(self) -> Leaves:
        """Return what the aggregate holds, taken apart."""
        return leaves(self.held())


@lru_cache(maxsize=1)
def derived() -> dict[type[DomainEvent], tuple[str, ...]]:
    """Return, for the aggregate of each event, the names of its public properties that are one value each."""
    return {event: tuple(_properties(kind)) for event, kind in aggregates().items()}


def _properties(aggregate: type[Aggregate]) -> Iterator[str]:
    for kind in aggregate.__mro__:
        for name, value in vars(kind).items():
            if isinstance(value, property) and not name.startswith("_") and _is_one(value):
                yield name


def _is_one(derived_value: property) -> bool:
    hint = get_type_hints(derived_value.fget)["return"]
    return get_origin(hint) not in COLLECTIONS
