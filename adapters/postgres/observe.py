"""What can be seen of the running system at once: lag, parked streams, effects. Shown by health, metrics and doctor."""

from typing import Any, NamedTuple

import psycopg

from adapters.merkle.kinds import consumer_name

ACCESS_CONSUMER = consumer_name("access")
_STATE = b"""SELECT b.consumer, b.generation, min(b.position),
        greatest(pg_sequence_last_value(CASE WHEN b.consumer = %s THEN 'access_log.position_seq'
                                             ELSE 'event_store.position_seq' END::regclass) - min(b.position), 0),
        sum(b.applied),
        consumers.parked(b.consumer, b.generation),
        max(b.halted), extract(epoch FROM clock_timestamp() - max(b.moved_at))
    FROM consumers.bookmarks b JOIN consumers.generations g USING (consumer, generation)
    WHERE g.state = 'live' GROUP BY b.consumer, b.generation ORDER BY b.consumer"""
_EFFECTS = b"SELECT state, count FROM effects.figures()"
_OVERDUE = b"SELECT effects.overdue()"


class ConsumerState(NamedTuple):
    """Where a consumer's live generation stands. ``lag``: positions behind the end; ``applied``: events so far."""

    consumer: str
    generation: int
    position: int
    lag: int
    applied: int
    parked: int
    halted: str | None
    idle_seconds: float


async def consumers(connection: psycopg.AsyncConnection[Any]) -> list[ConsumerState]:
    """Return the state of every consumer."""
    rows = await (await connection.execute(_STATE, (ACCESS_CONSUMER,))).fetchall()
    return [ConsumerState(r[0], r[1], r[2], r[3], int(r[4]), r[5], r[6], float(r[7])) for r in rows]


async def effect_states(connection: psycopg.AsyncConnection[Any]) -> tuple[dict[str, int], float]:
    """Return the number of effects by state, and for how many seconds the oldest due one has waited."""
    states = {row[0]: row[1] for row in await (await connection.execute(_EFFECTS)).fetchall()}
    row = await (await connection.execute(_OVERDUE)).fetchone()
    return states, float(row[0]) if row else 0.0
