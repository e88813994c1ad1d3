"""``python -m tests.chaos.reader URL NAME [naive]``: a consumer of the feed that writes down what it is given, in turn.

It runs in the loop every consumer runs in, and keeps its place as they do; ``naive`` hands that loop another feed.
"""

import sys
import threading
from collections.abc import Iterable
from typing import Any

import psycopg

from adapters.keep_going import stopping
from adapters.postgres.feed import PostgresFeed
from projections.kernel import generations
from projections.kernel.feed import FeedRow, Page, Topics
from projections.kernel.runner import Runner

MADE = """CREATE TABLE IF NOT EXISTS public.seen (
    turn bigint GENERATED ALWAYS AS IDENTITY, reader text, position bigint, stream_id uuid, version integer)"""
_PAGE = b"""SELECT position, tenant_id, stream_id, version, type, schema_version, data::text, sealed, key_id,
        subject_id, meta::text, recorded_at
    FROM event_store.events WHERE position > %s ORDER BY position LIMIT %s"""


class Witness:
    """The consumer: a row for every event it is given, as often as it is given it."""

    generation, topics, halts, raw = 1, None, True, True

    def __init__(self, name: str) -> None:
        self.name = name

    def apply(self, connection: psycopg.Connection[Any], events: Iterable[FeedRow]) -> None:
        """Write down what came."""
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY public.seen (reader, position, stream_id, version) FROM STDIN") as copy,
        ):
            for row in events:
                copy.write_row((self.name, row.position, row.stream_id, row.version))


class NaiveFeed(PostgresFeed):
    """The planted weakness: believes that what it has passed stays as it was."""

    def page(self, after: int, limit: int, types: Topics = None) -> Page:
        """Return what can be seen now."""
        found = self._connection.execute(_PAGE, (after, limit)).fetchall()
        rows = [FeedRow(*row) for row in found]
        return Page(after, rows, rows[-1].position if rows else after)

    def settled(self) -> int:
        """Return the last position that can be seen."""
        found = self._connection.execute("SELECT coalesce(max(position), 0) FROM event_store.events").fetchone()
        return int(found[0]) if found else 0


def follow(url: str, name: str, feed: type[PostgresFeed]) -> None:
    """Consume until SIGTERM."""
    wake = threading.Event()
    stop = stopping(wake)
    with psycopg.connect(url, autocommit=True) as writing, psycopg.connect(url, autocommit=True) as reading:
        generations.register(writing, name)
        runner = Runner(writing, feed(reading), lambda row: row, {name: lambda _: Witness(name)})  # type: ignore[arg-type, return-value]
        ringing = threading.Thread(target=ring, args=(wake, stop))
        ringing.start()
        runner.run(wake, stop)
        ringing.join()
        runner.close()


def ring(wake: threading.Event, stop: threading.Event) -> None:
    """Wake the reader all the time, as appends do."""
    while not stop.wait(0.002):
        wake.set()


if __name__ == "__main__":
    follow(sys.argv[1], sys.argv[2], NaiveFeed if "naive" in sys.argv[3:] else PostgresFeed)
