"""Events a consumer cannot digest: each is tried alone; its stream is parked, listed, and retried later."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
import structlog

from projections.kernel.bookmarks import Bookmark
from projections.kernel.consumer import Consumer, prepares, wants
from projections.kernel.feed import Decode, Feed, FeedRow, Prepare

TRIES = 3
log = structlog.get_logger("projections")

_PARK = b"""INSERT INTO consumers.parked_streams (consumer, generation, stream_id, tenant_id, position, error)
    VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"""
_PARKED = b"""SELECT p.stream_id, p.position, b.position FROM consumers.parked_streams p
    JOIN consumers.bookmarks b USING (consumer, generation)
    WHERE (p.consumer, p.generation) = (%s, %s) ORDER BY p.position FOR UPDATE OF b"""
_UNPARK = b"DELETE FROM consumers.parked_streams WHERE (consumer, generation, stream_id) = (%s, %s, %s)"
_COUNT = b"""UPDATE consumers.bookmarks SET applied = applied + %s
    WHERE (consumer, generation) = (%s, %s) AND shard = (
        SELECT min(b.shard) FROM consumers.bookmarks b WHERE (b.consumer, b.generation) = (%s, %s))"""


class Poisoned(Exception):
    """A consumer that must not skip anything has met an event it cannot apply."""


def describe(error: Exception) -> str:
    """Return what may be stored and logged of an error: its kind and SQL state, never its text (it can hold data)."""
    state = getattr(error, "sqlstate", None)
    return f"{type(error).__name__}{f' {state}' if state else ''}"


def may_pass(error: Exception) -> bool:
    """Whether an error says nothing of the event at hand: the server is away or busy, and the next attempt may succeed.

    What is more than PostgreSQL can hold (class 54: a text too long for an index) is so each time, although psycopg
    counts it among the errors of operation."""
    return isinstance(error, psycopg.OperationalError) and not (error.sqlstate or "").startswith("54")


def one_by_one(
    connection: psycopg.Connection[Any], consumer: Consumer, bookmark: Bookmark, rows: Sequence[FeedRow], decode: Decode
) -> int:
    """Apply rows each in its own savepoint, parking the streams of those that fail; return how many were applied.

    Raises Poisoned when the consumer halts instead; the connection's errors pass through (they are not poison).
    """
    parked, prepare = set(bookmark.parked), prepares(consumer, decode)
    applied = 0
    for row in rows:
        if row.stream_id in parked:
            continue
        error = _attempt(connection, consumer, row, prepare)
        if error is None:
            applied += 1
            continue
        log.error("projections.stream.parked", consumer=consumer.name, position=row.position, error=describe(error))
        if consumer.halts:
            raise Poisoned(f"position {row.position}: {describe(error)}")
        parked.add(row.stream_id)
        key = (consumer.name, consumer.generation, row.stream_id)
        connection.execute(_PARK, (*key, row.tenant_id, row.position, describe(error)))
    return applied


def _attempt(
    connection: psycopg.Connection[Any], consumer: Consumer, row: FeedRow, prepare: Prepare
) -> Exception | None:
    error: Exception | None = None
    for _ in range(TRIES):
        try:
            with connection.transaction():
                consumer.apply(connection, [prepare(row)])
        except Exception as failure:
            if may_pass(failure):
                raise
            error = failure
        else:
            return None
    return error


def retry_parked(
    connection: psycopg.Connection[Any], consumer: Consumer, feed: Feed, decode: Decode
) -> tuple[int, int]:
    """Apply what parked streams have missed, each stream in one transaction; return (released, still parked)."""
    released = kept = 0
    seen: set[UUID] = set()
    while True:
        with connection.transaction():
            found = connection.execute(_PARKED, (consumer.name, consumer.generation)).fetchall()
            waiting = [row for row in found if row[0] not in seen]
            if not waiting:
                return released, kept
            stream_id, first, last = waiting[0]
            seen.add(stream_id)
            rows = [row for row in feed.stream(stream_id, first, last) if wants(consumer, row)]
            key = (consumer.name, consumer.generation, stream_id)
            if _all_or_none(connection, consumer, rows, prepares(consumer, decode)):
                connection.execute(_UNPARK, key)
                connection.execute(_COUNT, (len(rows), *key[:2], *key[:2]))
                released += 1
            else:
                kept += 1


def _all_or_none(
    connection: psycopg.Connection[Any], consumer: Consumer, rows: Sequence[FeedRow], prepare: Prepare
) -> bool:
    try:
        with connection.transaction():
            consumer.apply(connection, [prepare(row) for row in rows])
    except Exception as error:
        if may_pass(error):
            raise
        log.warning("projections.stream.still_parked", error=describe(error))
        return False
    return True
