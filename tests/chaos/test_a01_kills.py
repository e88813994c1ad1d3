"""Everything is killed, at random, while eight clients work: what they were told is true, and the house is whole."""

import asyncio
import os
import random
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from uuid_utils.compat import uuid7

from tests.chaos import figures
from tests.chaos.clients import Client
from tests.chaos.invariants import INVARIANTS, Scene, findings
from tests.chaos.ledger import Ledger
from tests.chaos.rig import Rig, open_rig

CLIENTS = 8
#: How likely each is killed, and for how many seconds it is then left alone: a process from when it is connected to
#: the database again, for whoever is killed while it starts does no work. With a backend the server goes down, and all
#: have to find it again.
WEIGHTS = {"backend": 30, "session": 30, "api": 8, "projector-1": 8, "projector-2": 8, "worker": 6, "clock": 6,
           "postgres": 4}  # fmt: skip
REST = {"backend": 6.0, "session": 0.3, "api": 9.0, "postgres": 12.0}
USUAL_REST = 8.0
PROCESSES = WEIGHTS.keys() - {"backend", "session", "postgres"}
#: A commit is acknowledged, and written to the disk ten seconds later.
WEAK = (
    "ALTER DATABASE postgres SET synchronous_commit = off",
    "ALTER SYSTEM SET wal_writer_delay = '10s'",
    "ALTER SYSTEM SET wal_writer_flush_after = '1GB'",
    "SELECT pg_reload_conf()",
)


class Killer(threading.Thread):
    """Kills ``kills`` times, about ``pause`` seconds apart, and starts again whoever is dead, as a supervisor does."""

    def __init__(self, rig: Rig, kills: int, pause: float, kinds: tuple[str, ...]) -> None:
        super().__init__(name="killer")
        self.killed: Counter[str] = Counter()
        self.failure: BaseException | None = None
        self._rig = rig
        self._kills = kills
        self._pause = pause
        self._kinds = kinds
        self._chance = random.Random(kills)
        self._free_at = dict.fromkeys(kinds, 0.0)
        self._starting: set[str] = set()
        self._stopped = threading.Event()

    def leave_off(self) -> None:
        """Kill nobody any more; return when it has heard."""
        self._stopped.set()
        if self.ident is not None:
            self.join()

    def run(self) -> None:
        """Kill until it is done, or told to leave off."""
        try:
            while self.killed.total() < self._kills and not self._stopped.wait(self._chance.random() * 2 * self._pause):
                self._once()
            self._revive()
        except BaseException as error:
            self.failure = error

    def _once(self) -> None:
        self._revive()
        self._greet()
        now = time.monotonic()
        ready = [kind for kind in self._kinds if self._free_at[kind] <= now and kind not in self._starting]
        ready = [kind for kind in ready if not self.killed[kind]] or ready  # everybody in turn, then by weight
        if not ready:
            return
        (kind,) = self._chance.choices(ready, [WEIGHTS[kind] for kind in ready])
        if kind == "postgres":
            self._rig.stop_postgres()
            self._rig.start_postgres()
        elif kind in {"backend", "session"}:
            if not self._backend(signal.SIGKILL if kind == "backend" else signal.SIGTERM):
                return
        else:
            self._rig.kill(kind)
        self.killed[kind] += 1
        if kind in PROCESSES:
            self._starting.add(kind)
        else:
            self._leave_alone(kind)

    def _leave_alone(self, kind: str) -> None:
        self._free_at[kind] = time.monotonic() + REST.get(kind, USUAL_REST)

    def _greet(self) -> None:
        """Begin the rest of those who were started again and have reached the database."""
        with suppress(psycopg.OperationalError):
            for kind in [kind for kind in self._starting if self._rig.backends(kind)]:
                self._starting.discard(kind)
                self._leave_alone(kind)

    def _backend(self, number: int) -> bool:
        """End one of the server's processes; after SIGKILL the server ends all others and recovers."""
        with suppress(psycopg.OperationalError, ProcessLookupError):
            found = self._rig.backends()
            if found:
                os.kill(self._chance.choice(found), number)
                return True
        return False

    def _revive(self) -> None:
        for name in self._rig.dead():
            self._rig.restart(name)


class Fire(NamedTuple):
    """What a round came to."""

    acknowledged: int
    killed: Counter[str]
    found: list[str]


async def fire(rig: Rig, ledger: Ledger, killer: Killer, acknowledgements: int) -> Fire:
    """The attack: clients work until everything is killed that is to be, and so many commands are acknowledged."""
    clients = [Client(rig, actor, ledger) for actor in ledger.actors]

    def acknowledged() -> int:
        return sum(client.acknowledged for client in clients)

    async def work(client: Client) -> None:
        while acknowledged() < CLIENTS:
            await client.act()
        if killer.ident is None:
            killer.start()
        while killer.is_alive() or acknowledged() < acknowledgements:
            await client.act()

    try:
        await asyncio.gather(*map(work, clients))
    finally:
        killer.leave_off()
        for client in clients:
            client.close()
    if killer.failure is not None:
        raise killer.failure
    unexpected = [f"a client was told {told}" for client in clients for told in client.unexpected]
    return Fire(acknowledged(), killer.killed, unexpected)


def rounds(
    rig: Rig, folder: Path, count: int, kills: int, acknowledgements: int, pause: float,
    kinds: tuple[str, ...] = tuple(WEIGHTS), names: tuple[str, ...] = tuple(INVARIANTS),
) -> Fire:  # fmt: skip
    """Run the attack ``count`` times, look at everything after each, and return the sum."""
    total = Fire(0, Counter(), [])
    for number in range(count):
        ledger = Ledger(folder / f"round-{number}.jsonl", frozenset(uuid7() for _ in range(CLIENTS)))
        came = asyncio.run(fire(rig, ledger, Killer(rig, kills, pause, kinds), acknowledgements))
        if "I4" in names:
            rig.rest()
        found = came.found + findings(Scene(rig.settings, rig.url, ledger), names)
        ledger.close()
        total = Fire(total.acknowledged + came.acknowledged, total.killed + came.killed, total.found + found)
    return total


class TestKills:
    """A1: API, projectors, worker, clock and single backends of the server are killed (SIGKILL; backends by SIGTERM
    too), and PostgreSQL is stopped at once, at random, under eight clients. Withstood when nothing acknowledged is
    lost or doubled, nothing is there by half, and I1 to I9 hold after every round. Control: the same house over a
    server that acknowledges commits before they are on the disk."""

    def attack(
        self, folder: Path, count: int, kills: int, acknowledgements: int, pause: float, *, long: bool = False
    ) -> None:
        with open_rig() as rig:
            came = rounds(rig, folder, count, kills, acknowledgements, pause)
            came.found.extend(rig.errors_logged())
        figures.record(
            "A1", reached=not came.found, long=long, kills=came.killed.total(), acknowledgements=came.acknowledged,
            found=len(came.found), **{f"{name}_killed": number for name, number in sorted(came.killed.items())},
        )  # fmt: skip
        assert came.found == []
        assert came.killed.total() >= count * kills
        assert came.acknowledged >= count * acknowledgements

    def test_lose_double_and_halve_nothing(self, tmp_path: Path) -> None:
        self.attack(tmp_path, 1, len(WEIGHTS), 200, 0.3)

    @pytest.mark.long
    def test_a_thousand_lose_double_and_halve_nothing(self, tmp_path: Path) -> None:
        self.attack(tmp_path, 2, 500, 50_000, 1.0, long=True)

    def test_lose_what_was_acknowledged_too_early(self, tmp_path: Path) -> None:
        with open_rig(("api",)) as rig:
            with psycopg.connect(rig.url, autocommit=True) as connection:
                for statement in WEAK:
                    connection.execute(statement.encode())
            for pid in rig.backends():
                os.kill(pid, signal.SIGTERM)
            came = rounds(rig, tmp_path, 1, 1, CLIENTS, 1.0, ("postgres",), ("I1",))
        assert any("is lost" in finding for finding in came.found)
