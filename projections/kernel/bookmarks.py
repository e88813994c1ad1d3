"""Where each consumer stands. A bookmark moves by compare-and-swap under a lease, with the rows or not at all."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from projections.kernel.feed import Share

LEASE_SECONDS = 15
#: The longest transaction that moves a bookmark: then the server ends it, and another runner can go on.
TRANSACTION = "30s"


class LostBookmark(Exception):
    """Another runner has moved the bookmark or taken the lease: nothing of this batch may stay."""


class Bookmark(NamedTuple):
    """One shard of one consumer's live generation."""

    consumer: str
    generation: int
    shard: int
    shards: int
    position: int
    parked: frozenset[UUID]

    @property
    def key(self) -> tuple[str, int, int]:
        """Its identity."""
        return (self.consumer, self.generation, self.shard)

    @property
    def share(self) -> Share:
        """The tenants whose events belong to this shard."""
        return Share(self.shard, self.shards)


# A bookmark that somebody's transaction holds is passed by: it must not keep anybody from renewing the others.
_CLAIM = b"""UPDATE consumers.bookmarks b SET lease = %(lease)s,
        lease_until = clock_timestamp() + make_interval(secs => %(seconds)s)
    FROM (SELECT f.consumer, f.generation, f.shard
        FROM consumers.bookmarks f JOIN consumers.generations g USING (consumer, generation)
        WHERE g.state = 'live' AND f.consumer = ANY(%(consumers)s) AND f.halted IS NULL
            AND (%(shard)s::int IS NULL OR f.shard = %(shard)s)
            AND (f.lease IS NULL OR f.lease = %(lease)s OR f.lease_until < clock_timestamp())
        FOR UPDATE OF f SKIP LOCKED) AS free
    WHERE (b.consumer, b.generation, b.shard) = (free.consumer, free.generation, free.shard)"""
# Other limits of time stop a statement or what waits between two; a process frozen within a pipeline is in neither.
# PostgreSQL knows this one since 17.
_BOUND = b"SELECT set_config(name, %s, false) FROM pg_settings WHERE name = 'transaction_timeout'"
_MINE = b"""SELECT b.consumer, b.generation, b.shard, b.shards, b.position,
        (SELECT coalesce(array_agg(p.stream_id), '{}') FROM consumers.parked_streams p
         WHERE (p.consumer, p.generation) = (b.consumer, b.generation))
    FROM consumers.bookmarks b JOIN consumers.generations g USING (consumer, generation)
    WHERE b.lease = %(lease)s AND b.lease_until > clock_timestamp() AND g.state = 'live' AND b.halted IS NULL
        AND b.consumer = ANY(%(consumers)s)
    ORDER BY b.consumer, b.shard"""
_MOVE = b"""UPDATE consumers.bookmarks SET position = %s, applied = applied + %s, moved_at = clock_timestamp()
    WHERE (consumer, generation, shard) = (%s, %s, %s) AND position = %s AND (lease = %s OR %s::uuid IS NULL)"""
_MOVE_ALL = b"""UPDATE consumers.bookmarks b
    SET position = %(upto)s, applied = b.applied + w.applied, moved_at = clock_timestamp()
    FROM unnest(%(consumers)s::text[], %(generations)s::int[], %(shards)s::int[], %(applied)s::bigint[])
        AS w(consumer, generation, shard, applied)
    WHERE (b.consumer, b.generation, b.shard) = (w.consumer, w.generation, w.shard)
        AND b.position = %(position)s AND b.lease = %(lease)s"""
_RELEASE = b"UPDATE consumers.bookmarks SET lease = NULL, lease_until = NULL WHERE lease = %s"
_HALT = b"""UPDATE consumers.bookmarks SET halted = %s
    WHERE (consumer, generation, shard) = (%s, %s, %s) AND position = %s"""


def bound(connection: psycopg.Connection[Any]) -> None:
    """Let no transaction of this connection hold a bookmark for ever, whatever becomes of this process."""
    connection.execute(_BOUND, (TRANSACTION,))


def claim(connection: psycopg.Connection[Any], consumers: Sequence[str], lease: UUID, shard: int | None = None) -> None:
    """Take or renew the lease of every bookmark (of one ``shard``, if given) that is free, ours, or has run out."""
    given = {"lease": lease, "seconds": LEASE_SECONDS, "consumers": list(consumers), "shard": shard}
    connection.execute(_CLAIM, given)


def mine(connection: psycopg.Connection[Any], consumers: Sequence[str], lease: UUID) -> list[Bookmark]:
    """Return the bookmarks of live generations we hold the lease of."""
    rows = connection.execute(_MINE, {"lease": lease, "consumers": list(consumers)}, prepare=True).fetchall()
    return [Bookmark(name, gen, shard, of, at, frozenset(parked)) for name, gen, shard, of, at, parked in rows]


def move(connection: psycopg.Connection[Any], bookmark: Bookmark, upto: int, applied: int, lease: UUID | None) -> None:
    """Move the bookmark in the open transaction, or raise LostBookmark. Without ``lease`` only the position counts."""
    cursor = connection.execute(_MOVE, (upto, applied, *bookmark.key, bookmark.position, lease, lease), prepare=True)
    if cursor.rowcount != 1:
        raise LostBookmark(f"{bookmark.consumer} generation {bookmark.generation}")


def move_all(
    connection: psycopg.Connection[Any], group: Sequence[Bookmark], upto: int, applied: Sequence[int], lease: UUID
) -> None:
    """Move bookmarks that stand at one position, all in one statement, or raise LostBookmark."""
    given = {
        "upto": upto,
        "applied": list(applied),
        "position": group[0].position,
        "lease": lease,
        "consumers": [b.consumer for b in group],
        "generations": [b.generation for b in group],
        "shards": [b.shard for b in group],
    }
    if connection.execute(_MOVE_ALL, given, prepare=True).rowcount != len(group):
        raise LostBookmark(", ".join(b.consumer for b in group))


def halt(connection: psycopg.Connection[Any], bookmark: Bookmark, error: str) -> None:
    """Stop the consumer where it stands until it is resumed."""
    connection.execute(_HALT, (error, *bookmark.key, bookmark.position))


def release(connection: psycopg.Connection[Any], lease: UUID) -> None:
    """Give all leases back, so that another runner can go on at once."""
    connection.execute(_RELEASE, (lease,))
