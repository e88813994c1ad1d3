"""Readers of the feed skip, double and disorder nothing, whatever writers do; a reader that trusts positions does."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from uuid import UUID

import psycopg
import pytest

from adapters.postgres.feed import PostgresFeed
from tests.adapters.hesitant import write

WRITERS, EVENTS = 10, 100_000


class Seen(NamedTuple):
    position: int
    stream: UUID
    version: int


def settled_reader(connection: psycopg.Connection) -> Callable[[int], tuple[list[Seen], int]]:
    feed = PostgresFeed(connection)

    def read(after: int) -> tuple[list[Seen], int]:
        page = feed.page(after, 500)
        return [Seen(r.position, r.stream_id, r.version) for r in page.rows], page.upto

    return read


def naive_reader(connection: psycopg.Connection) -> Callable[[int], tuple[list[Seen], int]]:
    """The control: believes that what it has passed stays as it was."""

    def read(after: int) -> tuple[list[Seen], int]:
        query = "SELECT position, stream_id, version FROM event_store.events WHERE position > %s ORDER BY 1 LIMIT 500"
        found = [Seen(*row) for row in connection.execute(query, (after,)).fetchall()]
        return found, found[-1].position if found else after

    return read


def follow(
    url: str, reader: Callable[..., Callable[[int], tuple[list[Seen], int]]], done: threading.Event
) -> list[Seen]:
    """Read until the writers are done and nothing new comes."""
    seen: list[Seen] = []
    with psycopg.connect(url, autocommit=True) as connection:
        read, at = reader(connection), 0
        while True:
            finishing = done.is_set()
            found, upto = read(at)
            seen += found
            if upto == at:
                if finishing:
                    return seen
                time.sleep(0.0005)
            at = upto


def disordered(seen: list[Seen]) -> int:
    last: dict[UUID, int] = defaultdict(int)
    wrong = 0
    for _, stream, version in seen:
        wrong += version != last[stream] + 1
        last[stream] = version
    return wrong


def race_on(url: str, events: int, first_seed: int = 0) -> tuple[int, list[list[Seen]], list[Seen]]:
    """Ten writers, two readers of ours and the control, all at once."""
    done = threading.Event()
    with ThreadPoolExecutor(WRITERS + 3) as pool:
        readers = [pool.submit(follow, url, settled_reader, done) for _ in range(2)]
        control = pool.submit(follow, url, naive_reader, done)
        writers = [pool.submit(write, url, first_seed + n, events // WRITERS) for n in range(WRITERS)]
        total = sum(writer.result() for writer in writers)
        done.set()
        return total, [reader.result() for reader in readers], control.result()


@pytest.fixture(scope="module")
def race(module_database_url: str) -> tuple[int, list[list[Seen]], list[Seen]]:
    """One race over 100,000 events."""
    return race_on(module_database_url, EVENTS)


class TestReadersOfTheFeed:
    def test_see_every_event_once_and_every_stream_in_order(
        self, race: tuple[int, list[list[Seen]], list[Seen]]
    ) -> None:
        total, readers, _ = race
        assert total >= EVENTS
        for seen in readers:
            assert len(seen) == total
            assert len({s.position for s in seen}) == total
            assert disordered(seen) == 0

    def test_would_miss_events_if_they_trusted_the_sequence(
        self, race: tuple[int, list[list[Seen]], list[Seen]]
    ) -> None:
        total, _, control = race
        assert len(control) < total

    @pytest.mark.long
    @pytest.mark.parametrize("round_", range(20))
    def test_skip_nothing_however_often_it_is_tried(self, database_url: str, round_: int) -> None:
        total, readers, _ = race_on(database_url, EVENTS // 3, first_seed=1000 * round_)
        assert [(len(seen), disordered(seen)) for seen in readers] == [(total, 0), (total, 0)]
