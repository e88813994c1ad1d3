"""An aggregate decides: a command method guards and records events; ``evolve`` alone changes its state."""

import inspect
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Self, TypeVar, get_type_hints
from uuid import UUID

from domain.kernel.event import DomainEvent
from domain.kernel.ownership import Owned

M = TypeVar("M", bound=Callable[..., None])


def evolves(method: M) -> M:
    """Mark a method ``(self, event: SomeEvent) -> None`` as the one that changes state for ``SomeEvent``."""
    method.__dict__["evolves"] = True
    return method


class Aggregate:
    """State of one stream, folded from its events; new events wait in ``pending`` until they are appended.

    ``CREATED_BY`` is the first event's class. Library protocol: ``id`` and ``version`` as `eventsourcing` names them.
    """

    NAME: ClassVar[str]
    EVOLVE: ClassVar[dict[type[DomainEvent], Callable[[Any, Any], None]]]

    def __init__(self, id_: UUID) -> None:
        self.id = id_
        self.version = 0
        self.pending: list[DomainEvent] = []

    @classmethod
    def stream_of(cls, tenant_id: UUID, id_: UUID) -> UUID:
        """Return the stream of the one that goes by ``id_``: the same id, unless somebody outside may choose it."""
        return id_

    @property
    def owned(self) -> Owned | None:
        """Whose it is. None: nobody has said, so only whoever reaches everything in the tenant touches it."""
        return None

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls.EVOLVE = dict(getattr(cls, "EVOLVE", {}))
        for method in vars(cls).values():
            if getattr(method, "evolves", False):
                parameter = list(inspect.signature(method).parameters)[1]
                hint = get_type_hints(method)[parameter]
                for event_class in getattr(hint, "__args__", (hint,)):
                    cls.EVOLVE[event_class] = method

    def record(self, event: DomainEvent) -> None:
        """Take a decided event: it changes the state now and waits to be appended."""
        self.EVOLVE[type(event)](self, event)
        self.version += 1
        self.pending.append(event)

    def replay(self, events: Iterable[DomainEvent]) -> Self:
        """Fold recorded events. No guard runs: yesterday's stream stays readable under tomorrow's rules."""
        evolve = self.EVOLVE
        count = 0
        for event in events:
            evolve[type(event)](self, event)
            count += 1
        self.version += count
        return self
