"""Reads the feed so that nothing is ever skipped: a gap is believed only below the settled position."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from adapters.codec.codec import Codec, Read
from adapters.postgres import ahead
from domain.kernel.recorded import Recorded, SealedCopy
from projections.kernel.feed import Decode, FeedRow, Page, Share, Topics

COLUMNS = b"""position, tenant_id, stream_id, version, type, schema_version, data::text, sealed, key_id, subject_id,
    meta::text, recorded_at"""
_AFTER = b"SELECT " + COLUMNS + b" FROM %s WHERE position > %%s ORDER BY position LIMIT %%s"
_UP_TO = b"SELECT " + COLUMNS + b" FROM %s WHERE position > %%s AND position <= %%s ORDER BY position LIMIT %%s"
_OF_TYPES = (
    b"SELECT " + COLUMNS + b" FROM %s WHERE position > %%s AND position <= %%s AND type = ANY(%%s)"
    b" ORDER BY position LIMIT %%s"
)
_STREAM = b"SELECT " + COLUMNS + b" FROM %s WHERE stream_id = %%s AND position BETWEEN %%s AND %%s ORDER BY version"


class Source(NamedTuple):
    """A table of the shape of the events', what says up to where it is final, and what was the last position drawn."""

    relation: bytes
    settled: bytes
    drawn: bytes


EVENTS = Source(
    b"event_store.events", b"event_store.settled_position()", b"pg_sequence_last_value('event_store.position_seq')"
)
ACCESS = Source(
    b"access_log.entries", b"access_log.settled_position()", b"pg_sequence_last_value('access_log.position_seq')"
)


class PostgresFeed:
    """Feed over an autocommit connection (each statement must see what is committed when it starts)."""

    def __init__(self, connection: psycopg.Connection[Any], source: Source = EVENTS) -> None:
        assert connection.autocommit, "the feed is read statement by statement"
        self._connection = connection
        self._source = source
        texts = (_AFTER, _UP_TO, _OF_TYPES, _STREAM)
        self._after, self._up_to, self._of_types, self._stream = (text % source.relation for text in texts)
        # Plans live as long as the connection: one made while the table was small must not read all of it later.
        connection.execute("SET enable_seqscan = off")
        self._settled = 0
        self._waiting_at = -1

    def page(self, after: int, limit: int, types: Topics = None) -> Page:
        """Return the next page."""
        if types is not None and after + limit <= self._settled:
            upto = self._settled
            return _page(after, limit, self._rows(self._of_types, (after, upto, list(types), limit)), upto)
        if after == self._waiting_at and self.settled() <= after:
            return Page(after, [], after)
        rows = self._rows(self._after, (after, limit))
        unbroken = _unbroken(rows, after)
        if unbroken:
            return Page(after, rows[:unbroken], rows[unbroken - 1].position)
        if rows and rows[-1].position <= self._settled:
            return _page(after, limit, rows, rows[-1].position)
        upto = self.settled()
        if upto <= after:
            # Something is still in flight right here: until it has landed, nobody reads what lies behind it.
            self._waiting_at = after
            return Page(after, [], after)
        return _page(after, limit, self._rows(self._up_to, (after, upto, limit)), upto)

    def pages(self, after: int, upto: int, types: Topics, share: Share) -> Iterator[Page]:
        """Yield the pages of a long stretch that is final; see :mod:`adapters.postgres.ahead`."""
        return ahead.pages(self._connection, self._source.relation, after, upto, types, share)

    def stream(self, stream_id: UUID, first: int, last: int) -> list[FeedRow]:
        """Return one stream's rows between two positions."""
        return self._rows(self._stream, (stream_id, first, last))

    def settled(self) -> int:
        """Return the last final position."""
        found = self._connection.execute(b"SELECT " + self._source.settled).fetchone()
        self._settled = max(self._settled, found[0] if found else 0)
        return self._settled

    def _rows(self, statement: bytes, parameters: tuple[object, ...]) -> list[FeedRow]:
        cursor = self._connection.execute(statement, parameters, prepare=True, binary=True)
        make = FeedRow._make
        return [make(row) for row in cursor.fetchall()]


def _unbroken(rows: list[FeedRow], after: int) -> int:
    """Return how many rows follow ``after`` without a gap: such a run is final as it is."""
    if not rows or rows[-1].position - after == len(rows):
        return len(rows)
    return bisect_left(range(len(rows)), 1, key=lambda n: rows[n].position - after - n > 1)


def _page(after: int, limit: int, rows: list[FeedRow], upto: int) -> Page:
    return Page(after, rows, rows[-1].position if len(rows) == limit else upto)


def decoder(codec: Codec) -> Decode:
    """Return the function that turns rows into recorded events, sealed fields unopened."""
    readers: dict[tuple[str, int], tuple[Read, bool]] = {}
    # A named tuple's own constructor is a function in Python: this is twice as fast.
    copy_of: Callable[[Any], SealedCopy] = partial(tuple.__new__, SealedCopy)
    recorded_of: Callable[[Any], Recorded] = partial(tuple.__new__, Recorded)

    def recorded(row: FeedRow) -> Recorded:
        position, tenant_id, stream_id, version, topic, schema, data, sealed, key_id, subject_id, meta, at = row
        found = readers.get((topic, schema))
        if found is None:
            found = readers[(topic, schema)] = codec.reader(topic, schema), bool(codec.sealed(topic))
        read, personal = found
        copy = copy_of((sealed if personal else None, key_id, stream_id, version, topic, schema))
        return recorded_of((read(data), position, tenant_id, stream_id, version, at, subject_id, copy, meta))

    return recorded
