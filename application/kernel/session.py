"""One command's unit of work: what it loads, which keys it takes, and the one append at the end."""

from typing import TypeVar
from uuid import UUID

from application.kernel.context import Context, Outcome
from application.ports.event_store import Commit, EventStore, StreamAppend, VersionMismatch
from domain.kernel.aggregate import Aggregate
from domain.kernel.errors import NotFound
from domain.kernel.unique import UniqueKey

A = TypeVar("A", bound=Aggregate)


class Session:
    """Given to a use case; a conflict makes the dispatcher decide again in a fresh one."""

    def __init__(self, context: Context, store: EventStore) -> None:
        self.context = context
        self.store = store
        self._take: list[tuple[UniqueKey, UUID]] = []
        self._release: list[tuple[UniqueKey, UUID]] = []
        self._expected = context.expected_version

    async def load(self, aggregate: type[A], stream_id: UUID) -> A:
        """Return the aggregate or raise NotFound. If-Match speaks of the first one a use case loads."""
        found = await self.store.load(aggregate, self.context.tenant_id, stream_id)
        if not found.version:
            raise NotFound(f"There is no such {aggregate.NAME} here.", id=str(stream_id))
        if self._expected is not None and found.version != self._expected:
            raise VersionMismatch(
                f"The {aggregate.NAME} has changed since you read it: read it again and decide anew.",
                id=str(stream_id),
                expected=self._expected,
                actual=found.version,
            )
        self._expected = None
        return found

    def take(self, holder: UUID, *keys: UniqueKey) -> None:
        """Claim ``keys`` for the stream ``holder``; the append raises KeyTaken when another holds one."""
        self._take.extend((key, holder) for key in keys)

    def release(self, holder: UUID, *keys: UniqueKey) -> None:
        """Give ``keys`` back."""
        self._release.extend((key, holder) for key in keys)

    async def commit(self, *aggregates: Aggregate, **answer: object) -> Outcome:
        """Append every aggregate's pending events in one transaction; the first one names the outcome.

        With nothing pending nothing is appended, and the outcome's position is 0.
        """
        first = aggregates[0]
        streams = [StreamAppend(a.id, a.version - len(a.pending), a.pending) for a in aggregates if a.pending]
        outcome = Outcome(first.id, first.version, 0, answer)
        if not streams:
            return outcome
        commit = Commit(self.context, streams, self._take, self._release, outcome)
        position = await self.store.append(commit)
        return Outcome(first.id, first.version, position, answer)
