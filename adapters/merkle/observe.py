"""How the log stands: leaves, those no note covers yet and since when, and what could not be handed out."""

from typing import Any, NamedTuple

import psycopg

_LOGS = b"""SELECT l.kind, count(*), sum(l.size)::bigint, sum(l.size - coalesce(c.size, 0))::bigint
    FROM merkle.logs l LEFT JOIN LATERAL (
        SELECT max(p.size) AS size FROM merkle.checkpoints p
        WHERE (p.kind, p.tenant_id) = (l.kind, l.tenant_id)) c ON true
    WHERE l.kind <> 'top' GROUP BY l.kind ORDER BY l.kind"""
_AGE = """SELECT coalesce(extract(epoch FROM clock_timestamp() - min(e.recorded_at)), 0)
    FROM merkle.logs l LEFT JOIN LATERAL (
        SELECT max(p.size) AS size FROM merkle.checkpoints p
        WHERE (p.kind, p.tenant_id) = (l.kind, l.tenant_id)) c ON true
    JOIN merkle.tiles t ON (t.kind, t.tenant_id, t.level) = (l.kind, l.tenant_id, 0)
        AND t.index = coalesce(c.size, 0) / 256
    JOIN {relation} e ON e.position = t.positions[coalesce(c.size, 0) % 256 + 1]
    WHERE l.kind = '{kind}' AND l.size > coalesce(c.size, 0)"""
_WAITING = b"""SELECT anchor, count(*), count(*) FILTER (WHERE error IS NOT NULL), max(error) FROM merkle.deliveries
    GROUP BY anchor ORDER BY anchor"""
RELATIONS = {"events": "event_store.events", "access": "access_log.entries"}


class LogState(NamedTuple):
    """The logs of one kind: how many, their leaves, and the leaves no note covers yet."""

    kind: str
    logs: int
    leaves: int
    unanchored: int


class DeliveryState(NamedTuple):
    """What waits to be handed to one anchor, how much of it was refused before, and the last kind of error."""

    anchor: str
    waiting: int
    refused: int
    error: str | None


class MerkleState(NamedTuple):
    """``age``: for how many seconds the oldest leaf that no note covers has been recorded."""

    logs: list[LogState]
    age: float
    deliveries: list[DeliveryState]


async def merkle(connection: psycopg.AsyncConnection[Any]) -> MerkleState:
    """Return how the log stands."""
    logs = [LogState(*row) for row in await (await connection.execute(_LOGS)).fetchall()]
    age = 0.0
    for kind, relation in RELATIONS.items():
        query = _AGE.format(kind=kind, relation=relation).encode()
        row = await (await connection.execute(query)).fetchone()
        age = max(age, float(row[0]) if row else 0.0)
    waiting = [DeliveryState(*row) for row in await (await connection.execute(_WAITING)).fetchall()]
    return MerkleState(logs, age, waiting)
