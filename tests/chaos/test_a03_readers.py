"""Readers of the feed are killed under writers that pause and roll back, and see every event once and in order."""

import os
import random
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

import psycopg
import pytest

from adapters.settings import ROOT
from tests.adapters.hesitant import write
from tests.chaos import figures
from tests.chaos.reader import MADE

WRITERS, SPELL, AT_ONCE, PATIENCE = 10, 250, 6, 120.0
#: Writers go on for a while after the last kill.
AFTERWARDS = 1.0
OURS, NAIVE = ("reader-1", "reader-2"), "naive-reader"
#: As if the lease of the reader that was killed had run out.
_LATER = "UPDATE consumers.bookmarks SET lease_until = clock_timestamp() WHERE consumer = %s"
_PLACE = "SELECT coalesce(min(position), 0) FROM consumers.bookmarks WHERE consumer = ANY(%s)"
_READING = "SELECT count(*) FROM consumers.bookmarks WHERE consumer = ANY(%s) AND lease_until > clock_timestamp()"
_STORED = "SELECT position, stream_id, version FROM event_store.events ORDER BY position"
_SEEN = "SELECT position, stream_id, version FROM public.seen WHERE reader = %s ORDER BY turn"


class Seen(NamedTuple):
    position: int
    stream: UUID
    version: int


class Account(NamedTuple):
    """What a reader has seen, held against what there is."""

    skipped: int
    doubled: int
    disordered: int


class Readers:
    """Reading processes by name."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        """Start one."""
        command = [sys.executable, "-m", "tests.chaos.reader", self._url, name, *(["naive"] if name == NAIVE else [])]
        self._running[name] = subprocess.Popen(command, cwd=ROOT, env=os.environ, stdin=subprocess.DEVNULL)

    def kill(self, name: str) -> None:
        """Kill one, and start it again as if its lease had run out."""
        self._running[name].kill()
        self._running[name].wait()
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(_LATER, (name,))
        self.start(name)

    def stop(self) -> None:
        """End all."""
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            process.wait(30)


@contextmanager
def reading(url: str, names: Sequence[str]) -> Iterator[Readers]:
    readers = Readers(url)
    try:
        for name in names:
            readers.start(name)
        yield readers
    finally:
        readers.stop()


def kill_readers(url: str, events: int, kills: int, names: Sequence[str]) -> tuple[int, dict[str, Account]]:
    """The attack: ten writers append, ``events`` at least, until readers were killed ``kills`` times in all."""
    chance, killed = random.Random(kills), threading.Event()

    def keep_writing(seed: int) -> int:
        written = 0
        while written < events // WRITERS or not killed.is_set():
            written += write(url, seed + written, SPELL, AT_ONCE)
        return written

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(MADE)
    with ThreadPoolExecutor(WRITERS) as pool, reading(url, names) as readers:
        try:
            _wait(url, _READING, names, len(names))
            writing = [pool.submit(keep_writing, 1_000_000 * n) for n in range(WRITERS)]
            for number in range(kills):
                time.sleep(0.2 + chance.random() * 0.4)
                readers.kill(names[number % len(names)])
                _wait(url, _READING, names, len(names))
            time.sleep(AFTERWARDS)
        finally:
            killed.set()
        total = sum(writer.result() for writer in writing)
        with psycopg.connect(url) as connection:
            stored = [Seen(*row) for row in connection.execute(_STORED).fetchall()]
        assert len(stored) == total
        _wait(url, _PLACE, names, stored[-1].position)
    return total, {name: _account(url, name, stored) for name in names}


def _account(url: str, name: str, stored: list[Seen]) -> Account:
    with psycopg.connect(url) as connection:
        seen = [Seen(*row) for row in connection.execute(_SEEN, (name,)).fetchall()]
    there, last, disordered = set(stored), defaultdict[UUID, int](int), 0
    for _, stream, version in seen:
        disordered += version <= last[stream]
        last[stream] = version
    return Account(len(there - set(seen)), len(seen) - len(set(seen)), disordered)


def _wait(url: str, query: str, names: Sequence[str], wanted: int) -> None:
    end = time.monotonic() + PATIENCE
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < end:
            found = connection.execute(query.encode(), (list(names),)).fetchone()
            if found and found[0] >= wanted:
                return
            time.sleep(0.01)
    raise TimeoutError("the readers do not come so far")


class TestReaders:
    """A3: readers that keep their place as every consumer does are killed, again and again, while ten writers draw
    positions, wait, and commit late or roll back. Withstood when every reader has written down every event once, and
    each stream in order. Control: the same reader, in the same loop, over a feed that trusts positions."""

    def attack(self, url: str, events: int, kills: int, *, long: bool = False) -> None:
        total, accounts = kill_readers(url, events, kills, OURS)
        sums = Account(*map(sum, zip(*accounts.values(), strict=True)))
        reached = not any(sums) and total >= events
        figures.record("A3", reached=reached, long=long, events=total, readers=len(OURS), kills=kills, **sums._asdict())
        assert total >= events
        assert accounts == dict.fromkeys(OURS, Account(0, 0, 0))

    def test_killed_see_every_event_once_and_in_order(self, database_url: str) -> None:
        self.attack(database_url, 3_000, 2)

    @pytest.mark.long
    def test_killed_thirty_times_see_a_hundred_thousand_events_once(self, database_url: str) -> None:
        self.attack(database_url, 100_000, 30, long=True)

    def test_that_trust_positions_miss_events(self, database_url: str) -> None:
        _, accounts = kill_readers(database_url, 5_000, 1, (NAIVE,))
        assert accounts[NAIVE].skipped > 0
