"""Events read for review, in pages by position: of a stream, a person, an actor, a window of time, or all of these."""

from collections.abc import Sequence
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from adapters.postgres.event_store import unavailable
from adapters.postgres.tenancy import rows
from application.ports.history import Scope
from projections.kernel.feed import FeedRow

_COLUMNS: LiteralString = """e.position, e.tenant_id, e.stream_id, e.version, e.type, e.schema_version, e.data::text,
    e.sealed, e.key_id, e.subject_id, e.meta::text, e.recorded_at"""
_EVENTS: LiteralString = f"SELECT {_COLUMNS} FROM event_store.events e WHERE e.tenant_id = %(tenant)s"
_CONDITIONS: dict[str, LiteralString] = {
    "stream_id": " AND e.stream_id = %(stream_id)s",
    "person_id": " AND e.subject_id = %(person_id)s",
    "actor_id": " AND e.actor_id = %(actor_id)s",
    "since": " AND e.recorded_at >= %(since)s",
    "until": " AND e.recorded_at < %(until)s",
    "topics": " AND e.type = ANY(%(topics)s)",
}
_WINDOW: LiteralString = """WITH found AS MATERIALIZED (
    SELECT e.position FROM event_store.events e WHERE e.tenant_id = %(tenant)s AND e.position > %(after)s
        AND e.position <= %(upto)s"""
_BETWEEN: LiteralString = f"""SELECT {_COLUMNS} FROM event_store.events e
    JOIN unnest(%(streams)s::uuid[], %(after)s::int[], %(upto)s::int[]) AS w(stream, after, upto)
        ON e.stream_id = w.stream AND e.version > w.after AND e.version <= w.upto
    WHERE e.tenant_id = %(tenant)s ORDER BY e.stream_id, e.version"""
_LATEST: LiteralString = f"""SELECT DISTINCT ON (e.stream_id) {_COLUMNS} FROM event_store.events e
    WHERE e.tenant_id = %(tenant)s AND e.stream_id = ANY(%(streams)s) AND e.type = ANY(%(topics)s)
    ORDER BY e.stream_id, e.version DESC"""


class Stretch(NamedTuple):
    """The events of a stream after one version and up to another."""

    stream_id: UUID
    after: int
    upto: int


class StoredEvents:
    """Reads the stored events of one tenant at a time; opening them is another's business."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool

    async def settled(self) -> int:
        """Return the last position below which nothing will ever be added: what is read up to there has no gaps."""
        return int((await self._fetch(None, "SELECT event_store.settled_position()", {}))[0][0])

    async def page(self, tenant_id: UUID, scope: Scope, after: int, upto: int, limit: int) -> list[FeedRow]:
        """Return up to ``limit`` events of a scope after a position and up to another, in order."""
        parameters = {"tenant": tenant_id, "after": after, "upto": upto, "limit": limit, **scope._asdict()}
        wanted = _conditions(scope)
        if scope.stream_id is scope.person_id is scope.actor_id is None:
            first, last = await self._window(tenant_id, wanted, parameters)
            parameters |= {"first": first, "last": last}
            wanted += " AND e.position BETWEEN %(first)s AND %(last)s"
        # Within one stream, versions follow positions, and there is an index on them.
        order: LiteralString = "version" if scope.stream_id else "position"
        return await self._select(
            tenant_id,
            f"{_EVENTS}{wanted} AND e.position > %(after)s AND e.position <= %(upto)s"
            f" ORDER BY e.{order} LIMIT %(limit)s",
            parameters,
        )

    async def between(self, tenant_id: UUID, stretches: Sequence[Stretch]) -> list[FeedRow]:
        """Return the events of several stretches, in one go, by stream and version."""
        streams, after, upto = (list(column) for column in zip(*stretches, strict=True)) if stretches else ([], [], [])
        wanted = {"tenant": tenant_id, "streams": streams, "after": after, "upto": upto}
        return await self._select(tenant_id, _BETWEEN, wanted)

    async def latest(self, tenant_id: UUID, stream_ids: Sequence[UUID], topics: Sequence[str]) -> list[FeedRow]:
        """Return the last event of each stream that is of one of ``topics``."""
        wanted = {"tenant": tenant_id, "streams": list(stream_ids), "topics": list(topics)}
        return await self._select(tenant_id, _LATEST, wanted)

    async def _window(self, tenant_id: UUID, wanted: LiteralString, parameters: dict[str, Any]) -> tuple[int, int]:
        """Return the first and the last position in a window of time: positions follow times, but not strictly."""
        statement: LiteralString = f"{_WINDOW}{wanted}) SELECT min(position), max(position) FROM found"
        found = await self._fetch(tenant_id, statement, parameters)
        first, last = found[0]
        return first or 0, last or 0

    async def _select(self, tenant_id: UUID, statement: LiteralString, parameters: dict[str, Any]) -> list[FeedRow]:
        return [FeedRow._make(row) for row in await self._fetch(tenant_id, statement, parameters)]

    async def _fetch(self, tenant_id: UUID | None, statement: LiteralString, parameters: dict[str, Any]) -> list[Any]:
        return await unavailable(rows(self._pool, tenant_id, statement.encode(), parameters, binary=True))


def _conditions(scope: Scope) -> LiteralString:
    given = [condition for name, condition in _CONDITIONS.items() if getattr(scope, name) is not None]
    return "".join(given)
