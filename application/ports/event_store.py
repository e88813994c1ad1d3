"""The event store as commands need it: load one stream, append what was decided, know what became of a command."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID

from application.kernel.context import Context, Outcome
from domain.kernel.aggregate import Aggregate
from domain.kernel.errors import Kind, Refused
from domain.kernel.event import DomainEvent
from domain.kernel.unique import UniqueKey

A = TypeVar("A", bound=Aggregate)


class VersionConflict(Refused):
    """Someone else appended to the stream first."""

    code = "version-conflict"
    kind = Kind.CONFLICT


class VersionMismatch(Refused):
    """The version named in If-Match is not the current one."""

    code = "version-mismatch"
    kind = Kind.STALE


class KeyTaken(Refused):
    """Another stream holds one of the unique keys."""

    code = "key-taken"
    kind = Kind.CONFLICT


class CommandRepeated(Refused):
    """A command of this id has been recorded already; its outcome stands in the store."""

    code = "command-repeated"
    kind = Kind.CONFLICT


class CommandKeyReused(Refused):
    """The idempotency key was used before with another request."""

    code = "idempotency-key-reused"
    kind = Kind.INVALID


class UnknownTopic(Exception):
    """An event's topic or schema version is not in the catalogue."""


class UndecodableData(Exception):
    """An event's data does not have the shape its topic and version promise."""


class StoreUnavailable(Refused):
    """The event store cannot be reached now."""

    code = "store-unavailable"
    kind = Kind.UNAVAILABLE


class StreamAppend(NamedTuple):
    """New events of one stream that stood at ``version`` when they were decided."""

    stream_id: UUID
    version: int
    events: Sequence[DomainEvent]


class Commit(NamedTuple):
    """All that one command does, in one transaction."""

    context: Context
    streams: Sequence[StreamAppend]
    take: Sequence[tuple[UniqueKey, UUID]]
    release: Sequence[tuple[UniqueKey, UUID]]
    outcome: Outcome


class EventStore(Protocol):
    """Port to the event store."""

    async def load(self, aggregate: type[A], tenant_id: UUID, id_: UUID) -> A:
        """Return the one that goes by ``id_``, folded from its stream's events, sealed fields unopened; version 0 when
        there are none."""
        ...

    async def append(self, commit: Commit) -> int:
        """Append all or nothing; return the last position.

        Raises VersionConflict, KeyTaken, CommandRepeated, PersonErased, UnknownTopic, UndecodableData or
        StoreUnavailable.
        """
        ...

    async def outcome(self, context: Context) -> Outcome | None:
        """Return what became of the command, or None. Raises CommandKeyReused when the request differs."""
        ...

    async def remember(self, context: Context, outcome: Outcome) -> None:
        """Keep the outcome of a command that appended nothing."""
        ...

    async def existing(self, tenant_id: UUID, stream_ids: Sequence[UUID]) -> set[UUID]:
        """Return those of ``stream_ids`` that have events."""
        ...

    async def holders(self, tenant_id: UUID, keys: Sequence[UniqueKey]) -> dict[UniqueKey, UUID]:
        """Return the stream that holds each of ``keys``; free keys are absent."""
        ...
