"""Generations of a read model: made beside the live one, compared, swapped in atomically, and rolled back."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from projections.kernel import bookmarks
from projections.kernel.bookmarks import Bookmark, LostBookmark
from projections.kernel.consumer import Consumer, ReadModelConsumer, prepares, schema_of
from projections.kernel.feed import Decode, Feed
from projections.kernel.poison import Poisoned, may_pass
from projections.kernel.poison import describe as kind_of
from projections.kernel.read_model import ReadModel
from projections.kernel.stretch import Stretch, unswept

Progress = Callable[[int, int], None]


class Differs(Exception):
    """A rebuilt generation does not hold the same rows as the live one."""


class NothingKept(Exception):
    """There is no earlier generation to roll back to."""


class Comparison(NamedTuple):
    """Rows and checksum of one table in the live and in the rebuilt generation."""

    table: str
    live_rows: int
    live_checksum: str
    new_rows: int
    new_checksum: str

    @property
    def same(self) -> bool:
        """Whether both hold the same rows."""
        return (self.live_rows, self.live_checksum) == (self.new_rows, self.new_checksum)

    def __str__(self) -> str:
        return f"{self.table}: {self.live_rows} rows live, {self.new_rows} rebuilt"


_LIVE = b"SELECT generation FROM consumers.generations WHERE consumer = %s AND state = 'live'"
_LAST = b"SELECT coalesce(max(generation), 0) FROM consumers.generations WHERE consumer = %s"
_ADD = b"INSERT INTO consumers.generations (consumer, generation, state, schema_sha) VALUES (%s, %s, %s, %s)"
_BOOKMARK = b"INSERT INTO consumers.bookmarks (consumer, generation, shard, shards) VALUES (%s, %s, %s, %s)"
_STATE = b"UPDATE consumers.generations SET state = %s WHERE (consumer, generation) = (%s, %s)"
_OF_STATE = b"SELECT generation FROM consumers.generations WHERE consumer = %s AND state = %s ORDER BY generation"
_FORGET = (
    b"DELETE FROM consumers.parked_streams WHERE (consumer, generation) = (%s, %s)",
    b"DELETE FROM consumers.bookmarks WHERE (consumer, generation) = (%s, %s)",
)
_STANDS = b"""SELECT min(position) FROM (SELECT position FROM consumers.bookmarks
    WHERE (consumer, generation) = (%s, %s) FOR UPDATE) AS locked"""
_DESCRIBE = b"""INSERT INTO consumers.read_models AS r (consumer, tables, ddl, schema_sha) VALUES (%s, %s, %s, %s)
    ON CONFLICT (consumer) DO UPDATE
    SET (tables, ddl, schema_sha) = (EXCLUDED.tables, EXCLUDED.ddl, EXCLUDED.schema_sha)
    WHERE (r.tables, r.schema_sha) <> (EXCLUDED.tables, EXCLUDED.schema_sha)"""
_CREATE = b"SELECT consumers.create_tables(%s, %s, %s)"
_DROP = b"SELECT consumers.drop_tables(%s, %s)"
_SHOW = b"SELECT consumers.show_tables(%s, %s)"
_LOCK = b"SELECT pg_advisory_xact_lock(hashtextextended('generation ' || %s, 0))"


def describe(connection: psycopg.Connection[Any], models: Iterable[ReadModel]) -> None:
    """Write down, as the owner of the schema, what the tables of read models are made from."""
    for model in models:
        names = [table.name for table in model.tables]
        connection.execute(_DESCRIBE, (model.name, names, model.schema.read_text(), schema_sha(model)))


def live_generation(connection: psycopg.Connection[Any], consumer: str) -> int | None:
    """Return the live generation of a consumer, or None before its first."""
    found = connection.execute(_LIVE, (consumer,)).fetchone()
    return found[0] if found else None


def register(connection: psycopg.Connection[Any], consumer: str, shards: int = 1) -> None:
    """Give a consumer without tables of its own (effects) its one, live generation."""
    with connection.transaction():
        connection.execute(_LOCK, (consumer,))
        if live_generation(connection, consumer) is None:
            _add(connection, consumer, 1, "live", "", shards)


def ensure_live(connection: psycopg.Connection[Any], model: ReadModel, shards: int = 1) -> None:
    """Create the first generation of a read model and its views, unless there is one."""
    with connection.transaction():
        connection.execute(_LOCK, (model.name,))
        if live_generation(connection, model.name) is None:
            _create(connection, model, 1, "live", shards)
            _show(connection, model, 1)


def schema_sha(model: ReadModel) -> str:
    """Return the checksum of a read model's schema.sql."""
    return hashlib.sha256(model.schema.read_bytes()).hexdigest()


def rebuild(
    connection: psycopg.Connection[Any],
    feed: Feed,
    decode: Decode,
    model: ReadModel,
    *,
    make: Callable[[int], Consumer] | None = None,
    accept_differences: bool = False,
    progress: Progress = lambda done, of: None,
) -> list[Comparison]:
    """Fill a new generation beside the live one, compare both at the same position, swap.

    It never overtakes the live one, however far that lags: there always is a position to compare at. Returns the
    comparison of every table. Raises Differs (and drops the new generation) when rows are not the same, unless
    ``accept_differences`` says that they should not be, and Poisoned when an event cannot be applied. What a killed
    rebuild left is cleared first. ``make`` gives the consumer of a keyed read model's generation.
    """
    clear_building(connection, model)
    with connection.transaction():
        connection.execute(_LOCK, (model.name,))
        last = connection.execute(_LAST, (model.name,)).fetchone()
        generation = (last[0] if last else 0) + 1
        _create(connection, model, generation, "building", 1)
    consumer = make(generation) if make else ReadModelConsumer(model, generation)
    live = live_generation(connection, model.name)
    follow = partial(_follow, connection, feed, decode, consumer, live, progress)
    try:
        at = follow(follow(0))
        with connection.transaction():
            connection.execute(_LOCK, (model.name,))
            follow(at)
            comparison = compare(connection, model, live, generation) if live is not None else []
            if not accept_differences and not all(c.same for c in comparison):
                raise Differs("; ".join(str(c) for c in comparison if not c.same))
            swap(connection, model, live, generation)
    except (Differs, Poisoned):
        clear_building(connection, model)
        raise
    return comparison


def swap(connection: psycopg.Connection[Any], model: ReadModel, old: int | None, new: int) -> None:
    """Make ``new`` the live generation and keep ``old`` for roll-back; in the caller's transaction."""
    for kept in connection.execute(_OF_STATE, (model.name, "kept")).fetchall():
        if kept[0] != new:
            _drop(connection, model, kept[0])
    if old is not None:
        connection.execute(_STATE, ("kept", model.name, old))
    connection.execute(_STATE, ("live", model.name, new))
    _show(connection, model, new)


def roll_back(connection: psycopg.Connection[Any], model: ReadModel) -> int:
    """Swap the kept generation in again (it catches up from where it stood); return it. Raises NothingKept."""
    with connection.transaction():
        connection.execute(_LOCK, (model.name,))
        kept = connection.execute(_OF_STATE, (model.name, "kept")).fetchall()
        if not kept:
            raise NothingKept(f"{model.name} has no earlier generation")
        swap(connection, model, live_generation(connection, model.name), kept[-1][0])
        return int(kept[-1][0])


def clear_building(connection: psycopg.Connection[Any], model: ReadModel) -> None:
    """Drop generations that were being built and never went live."""
    with connection.transaction():
        for row in connection.execute(_OF_STATE, (model.name, "building")).fetchall():
            _drop(connection, model, row[0])


def compare(connection: psycopg.Connection[Any], model: ReadModel, old: int, new: int) -> list[Comparison]:
    """Return rows and checksums (over every column of every row) of both generations' tables."""
    result = []
    for table in model.tables:
        figures: list[object] = []
        for generation in (old, new):
            query = sql.SQL("SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM {} t")
            name = sql.Identifier(schema_of(model.name, generation), table.name)
            found = connection.execute(query.format(name)).fetchone()
            figures.extend(found or (0, "0"))
        result.append(Comparison(table.name, *figures))  # type: ignore[arg-type]
    return result


def _follow(
    connection: psycopg.Connection[Any],
    feed: Feed,
    decode: Decode,
    consumer: Consumer,
    live: int | None,
    progress: Progress,
    at: int,
) -> int:
    """Go on from ``at`` to where the live generation stands, which waits there until the end of a transaction; without
    one, to the end of what can be read."""
    stands = connection.execute(_STANDS, (consumer.name, live)).fetchone()
    target = int(stands[0]) if stands and stands[0] is not None else feed.settled()
    return _catch_up(connection, feed, decode, consumer, at, target, progress)


def _catch_up(
    connection: psycopg.Connection[Any],
    feed: Feed,
    decode: Decode,
    consumer: Consumer,
    at: int,
    target: int,
    progress: Progress,
) -> int:
    while at < target:
        stretch = Stretch(feed, prepares(consumer, decode), consumer.topics, at, target)
        try:
            with unswept(), connection.transaction():
                consumer.apply(connection, stretch)
                bookmark = Bookmark(consumer.name, consumer.generation, 0, 1, at, frozenset())
                bookmarks.move(connection, bookmark, stretch.upto, stretch.count, None)
        except LostBookmark:
            raise
        except Exception as error:
            if may_pass(error):
                raise
            raise Poisoned(f"an event after position {stretch.upto}, at most {target}: {kind_of(error)}") from None
        at = stretch.upto
        progress(at, target)
    return at


def _create(connection: psycopg.Connection[Any], model: ReadModel, generation: int, state: str, shards: int) -> None:
    connection.execute(_CREATE, (model.name, generation, schema_sha(model)))
    _add(connection, model.name, generation, state, schema_sha(model), shards)


def _add(connection: psycopg.Connection[Any], name: str, generation: int, state: str, sha: str, shards: int) -> None:
    connection.execute(_ADD, (name, generation, state, sha))
    for shard in range(shards):
        connection.execute(_BOOKMARK, (name, generation, shard, shards))


def _show(connection: psycopg.Connection[Any], model: ReadModel, generation: int) -> None:
    connection.execute(_SHOW, (model.name, generation))


def _drop(connection: psycopg.Connection[Any], model: ReadModel, generation: int) -> None:
    connection.execute(_DROP, (model.name, generation))
    connection.execute(_STATE, ("dropped", model.name, generation))
    for statement in _FORGET:
        connection.execute(statement, (model.name, generation))


def sources(models: Mapping[str, ReadModel]) -> dict[str, Callable[[int], ReadModelConsumer]]:
    """Return, per read model, how a consumer of one of its generations is made."""
    return {name: partial(ReadModelConsumer, model) for name, model in models.items()}
