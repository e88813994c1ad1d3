"""What follows from what: a process turns events into effects, and performs each effect once when it is due."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from application.kernel.world import World
from domain.kernel.event import DomainEvent
from domain.kernel.ids import derived_id
from domain.kernel.recorded import Recorded


class Due(NamedTuple):
    """An effect as a process states it: ``ids`` alone (no personal data), due at once or at ``due_at``.

    ``label`` tells apart several effects of one process on one event (24h, 2h, 30min).
    """

    ids: Mapping[str, str]
    due_at: datetime | None = None
    label: str = ""


class Effect(msgspec.Struct, frozen=True):
    """An effect to perform. ``key`` is deterministic: the idempotency key for whatever is called outside."""

    key: UUID
    tenant_id: UUID
    name: str
    ids: dict[str, str]
    due_at: datetime
    event_id: UUID
    position: int
    subject_id: UUID | None


class Process(NamedTuple):
    """One sentence of the business. ``queue`` and ``priority`` (0 is first) say how its work is carried."""

    name: str
    on: Mapping[type[DomainEvent], Callable[[Any, Recorded], Iterable[Due]]]
    perform: Callable[[Effect, World], Awaitable[None]]
    queue: str = "default"
    priority: int = 5


def event_id(recorded: Recorded) -> UUID:
    """Return the id of a recorded event, derived from its place in its stream."""
    return derived_id("event", recorded.stream_id, recorded.version)


def effects_of(process: Process, recorded: Recorded) -> Iterable[Effect]:
    """Return the effects ``process`` derives from one event; always the same for the same event."""
    derive = process.on.get(type(recorded.event))
    for due in derive(recorded.event, recorded) if derive else ():
        cause = event_id(recorded)
        yield Effect(
            key=derived_id(cause, process.name, due.label),
            tenant_id=recorded.tenant_id,
            name=process.name,
            ids=dict(due.ids),
            due_at=due.due_at or recorded.recorded_at,
            event_id=cause,
            position=recorded.position,
            subject_id=recorded.subject_id,
        )
