"""The table of effects: what must happen outside, when, and what became of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
from psycopg.types.json import Json

from application.kernel.process import Effect, Process, effects_of
from domain.kernel.event import DomainEvent
from domain.kernel.recorded import Recorded

RESEND_SECONDS = 300
_ADD = b"""INSERT INTO effects.effects
    (key, tenant_id, name, queue, priority, ids, event_id, correlation_id, position, subject_id, due_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (key) DO NOTHING"""
_DUE = b"""WITH sent AS (UPDATE effects.effects e SET state = 'sent', sent_at = clock_timestamp()
        FROM (SELECT key FROM effects.effects WHERE state = 'waiting' AND due_at <= %(now)s
              ORDER BY due_at, priority, position, name LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS due
        WHERE e.key = due.key RETURNING e.*)
    SELECT key, queue FROM sent ORDER BY due_at, priority, position, name"""
_LOST = b"""UPDATE effects.effects e SET sent_at = clock_timestamp()
    FROM (SELECT key FROM effects.effects
          WHERE state = 'sent' AND sent_at < clock_timestamp() - make_interval(secs => %(seconds)s)
          ORDER BY sent_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS lost
    WHERE e.key = lost.key RETURNING e.key, e.queue"""
_NEXT = b"SELECT min(due_at) FROM effects.effects WHERE state = 'waiting'"
_READ = b"""SELECT key, tenant_id, name, ids, due_at, event_id, position, subject_id, correlation_id, state
    FROM effects.effects WHERE key = %s"""
_WHOSE = b"SELECT effects.tenant_of(%s)"
_TRY = b"UPDATE effects.effects SET attempts = attempts + 1 WHERE key = %s"
_SETTLE = b"""UPDATE effects.effects SET state = %s, error = %s, settled_at = clock_timestamp()
    WHERE key = %s AND state <> 'done'"""
_NOTE = b"UPDATE effects.effects SET error = %s WHERE key = %s"
_RETRY = b"""UPDATE effects.effects SET state = 'waiting', error = NULL, settled_at = NULL
    WHERE state = 'failed' AND (%(keys)s::uuid[] IS NULL OR key = ANY(%(keys)s)) RETURNING key"""
_FAILED = b"""SELECT key, tenant_id, name, queue, ids, attempts, error, due_at, settled_at FROM effects.effects
    WHERE state = 'failed' ORDER BY settled_at LIMIT %s"""


class Sent(NamedTuple):
    """An effect on its way to a worker."""

    key: UUID
    queue: str


class Stored(NamedTuple):
    """An effect as it stands in the table."""

    effect: Effect
    correlation_id: UUID
    state: str


class Correlated(msgspec.Struct):
    """What is asked of an event's metadata."""

    correlation_id: UUID | None = None


_correlated = msgspec.json.Decoder(Correlated).decode


class EffectsConsumer:
    """Consumer of the feed: writes a row per effect. It has no tables to rebuild, so effects never run in a rebuild."""

    name = "effects"
    halts = True
    raw = False

    def __init__(self, processes: Sequence[Process], generation: int = 1) -> None:
        self.generation = generation
        self._by_event: dict[type[DomainEvent], list[Process]] = {}
        for process in processes:
            for event in process.on:
                self._by_event.setdefault(event, []).append(process)
        self.topics = frozenset(event.TOPIC for event in self._by_event)

    def apply(self, connection: psycopg.Connection[Any], events: Iterable[Recorded]) -> None:
        """Add the effects of the events; one that is there already stays as it is."""
        rows = [
            _row(process, effect, recorded)
            for recorded in events
            for process in self._by_event[type(recorded.event)]
            for effect in effects_of(process, recorded)
        ]
        if rows:
            with connection.cursor() as cursor:
                cursor.executemany(_ADD, rows)


def _row(process: Process, effect: Effect, recorded: Recorded) -> tuple[object, ...]:
    correlation = _correlated(recorded.meta).correlation_id or effect.event_id
    return (effect.key, effect.tenant_id, effect.name, process.queue, process.priority, Json(effect.ids),
            effect.event_id, correlation, effect.position, effect.subject_id, effect.due_at)  # fmt: skip


def take_due(connection: psycopg.Connection[Any], now: datetime, limit: int) -> list[Sent]:
    """Mark what is due as sent and return it, most urgent first."""
    return [Sent(*row) for row in connection.execute(_DUE, {"now": now, "limit": limit}).fetchall()]


def take_lost(connection: psycopg.Connection[Any], limit: int, seconds: float = RESEND_SECONDS) -> list[Sent]:
    """Return what was sent long ago and never settled (the queue was emptied, a worker died): to be sent again."""
    return [Sent(*row) for row in connection.execute(_LOST, {"seconds": seconds, "limit": limit}).fetchall()]


def next_due(connection: psycopg.Connection[Any]) -> datetime | None:
    """Return when the next waiting effect is due."""
    found = connection.execute(_NEXT).fetchone()
    return found[0] if found else None


async def tenant_of(connection: psycopg.AsyncConnection[Any], key: UUID) -> UUID | None:
    """Return whose effect it is; None when there is none of that key."""
    row = await (await connection.execute(_WHOSE, (key,), prepare=True)).fetchone()
    return row[0] if row else None


async def read(connection: psycopg.AsyncConnection[Any], key: UUID) -> Stored | None:
    """Return an effect, counting this as an attempt; None when there is none of that key."""
    await connection.execute(_TRY, (key,))
    row = await (await connection.execute(_READ, (key,))).fetchone()
    if row is None:
        return None
    effect_key, tenant_id, name, ids, due_at, event_id, position, subject_id, correlation_id, state = row
    effect = Effect(effect_key, tenant_id, name, ids, due_at, event_id, position, subject_id)
    return Stored(effect, correlation_id, state)


async def settle(connection: psycopg.AsyncConnection[Any], key: UUID, state: str, error: str | None = None) -> None:
    """Write an effect's end: done, or failed with the kind of error."""
    await connection.execute(_SETTLE, (state, error, key))


async def note(connection: psycopg.AsyncConnection[Any], key: UUID, error: str) -> None:
    """Remember why the last attempt failed; the effect will be tried again."""
    await connection.execute(_NOTE, (error, key))


def failed(connection: psycopg.Connection[Any], limit: int) -> list[tuple[Any, ...]]:
    """Return what failed for good: (key, tenant, name, queue, ids, attempts, error, due_at, settled_at)."""
    return connection.execute(_FAILED, (limit,)).fetchall()


def retry(connection: psycopg.Connection[Any], keys: Sequence[UUID] | None) -> int:
    """Let failed effects (all, or those named) wait again; return how many."""
    return len(connection.execute(_RETRY, {"keys": None if keys is None else list(keys)}).fetchall())
