"""A projector is stopped in the middle of a batch, another takes over, and the first goes on where it was."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import NamedTuple

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.bootstrap import open_services
from adapters.settings import ROOT
from application.kernel.context import Caller, Context
from application.scheduling.book_appointment import BookAppointment
from domain.scheduling.kinds import AppointmentType
from tests.chaos import figures
from tests.chaos.careless import MADE
from tests.chaos.invariants import Scene, effects_once, findings, read_models_equal
from tests.chaos.rig import Rig, open_rig

STARTS = datetime(2031, 3, 3, 10, tzinfo=UTC)
#: Consumers that write at every booking.
CONSUMERS = ("appointment", "daily_schedule", "fact_appointments", "free_times", "effects")
TAKEOVER, WAKING = 60.0, 0.5
_WAITING = "SELECT application_name FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = ANY(%s)"

_LIVE = """SELECT generation, position FROM consumers.bookmarks JOIN consumers.generations USING (consumer, generation)
    WHERE state = 'live' AND consumer = %s"""


class Pair(NamedTuple):
    """Two projectors of one consumer. ``place`` says how far it has come; its rows go to ``table``."""

    pids: dict[str, int]
    table: str
    place: Callable[[], int]


@contextmanager
def bookings(rig: Rig, every: float = 0.1) -> Iterator[None]:
    """Book an appointment with somebody every so many seconds."""
    stop = threading.Event()

    async def book() -> None:
        services = await open_services(rig.settings, 4)
        caller = Caller(rig.tenant, uuid7(), frozenset({"clinic_admin"}))
        practitioner, number = uuid7(), 0
        while not stop.is_set():
            number += 1
            starts = STARTS + timedelta(minutes=30 * number)
            command = BookAppointment(patient_id=uuid7(), practitioner_id=practitioner, type=AppointmentType.IN_PERSON,
                                      starts=starts, minutes=30, outright=True)  # fmt: skip
            await services.dispatcher.dispatch(command, Context(caller, uuid7(), datetime.now(UTC), uuid7, uuid7()))
            await asyncio.sleep(every)
        await services.close()

    with ThreadPoolExecutor(1) as pool:
        booking = pool.submit(asyncio.run, book())
        try:
            yield
        finally:
            stop.set()
            booking.result()


def haunt(rig: Rig, pair: Pair, rounds: Iterator[int]) -> list[float]:
    """The attack: stop whoever is in the middle of a batch, let the other take over, let the first go on.

    Return how many seconds each take-over took. Several may share ``rounds``.
    """
    took = []
    for _ in rounds:
        zombie = stop_within_a_batch(rig, pair)
        stood, began = pair.place(), time.monotonic()
        try:
            rig.until(lambda: pair.place() > stood, "the other takes over", TAKEOVER)  # noqa: B023
        finally:
            took.append(time.monotonic() - began)
            os.kill(pair.pids[zombie], signal.SIGCONT)
        time.sleep(WAKING)
    return took


def stop_within_a_batch(rig: Rig, pair: Pair) -> str:
    """Stop the projector whose batch has begun: its rows cannot be written until it is stopped. Return its name."""
    with psycopg.connect(rig.url) as connection:
        connection.execute(f"LOCK TABLE {pair.table} IN SHARE MODE".encode())
        rig.until(lambda: rig.look(_WAITING, list(pair.pids)) != [], "a batch has begun")
        name = str(rig.look(_WAITING, list(pair.pids))[0][0])
        os.kill(pair.pids[name], signal.SIGSTOP)
        return name


def ours(rig: Rig, consumer: str) -> Pair:
    """Start two projectors of one consumer of the house."""
    names = [f"projector-{consumer}-{n}" for n in (1, 2)]
    for name in names:
        rig.start(name, "--only", consumer)

    def live() -> tuple[int, int]:
        found = rig.look(_LIVE, consumer)
        return found[0] if found else (0, 0)

    rig.until(lambda: live() != (0, 0), "the first generation is made")
    table = "effects.effects" if consumer == "effects" else f"{consumer}_{live()[0]}.{consumer}"
    return Pair({name: rig.pid(name) for name in names}, table, lambda: live()[1])


@contextmanager
def careless(rig: Rig) -> Iterator[Pair]:
    """The control: two projectors that keep their place without compare-and-swap."""
    with psycopg.connect(rig.url, autocommit=True) as connection:
        for statement in MADE:
            connection.execute(statement.encode())
    names = ("careless-1", "careless-2")
    command = [sys.executable, "-m", "tests.chaos.careless", rig.url]
    running = {
        name: subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PGAPPNAME": name}, stdin=subprocess.DEVNULL)
        for name in names
    }
    try:
        yield Pair({name: process.pid for name, process in running.items()}, "public.careless",
                   lambda: int(rig.look("SELECT position FROM public.careless_place")[0][0]))  # fmt: skip
    finally:
        for process in running.values():
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with open_rig(()) as made:
        yield made


class TestZombies:
    """A7: of two projectors of one consumer the one that is in the middle of a batch is stopped (SIGSTOP), the other
    takes over, and the first is continued with its transaction, its page and its place still in hand. Withstood when
    every read model is then, row for row, what a fold from zero gives, and effects are there once. Control: a projector
    that notes its place without compare-and-swap."""

    def attack(self, rig: Rig, consumers: Sequence[str], rounds: int, *, long: bool = False) -> None:
        with bookings(rig):
            pairs, turns = [ours(rig, consumer) for consumer in consumers], iter(range(rounds))
            with ThreadPoolExecutor(len(pairs)) as pool:
                took = sorted(chain.from_iterable(pool.map(lambda pair: haunt(rig, pair, turns), pairs)))
        rig.rest()
        scene = Scene(rig.settings, rig.url)
        found = findings(scene, ("I3", "I4")) + read_models_equal(scene, set(consumers) - {"effects"})
        if "effects" in consumers:
            found += effects_once(scene)
        died = rig.dead()
        for pair in pairs:
            for name in pair.pids:
                rig.kill(name)
        figures.record(
            "A7", reached=not found, long=long, rounds=len(took), consumers=len(pairs), found=len(found),
            takeover_seconds_median=round(took[len(took) // 2], 1), takeover_seconds_most=round(took[-1], 1),
        )  # fmt: skip
        assert found == []
        assert died == []

    def test_change_nothing(self, rig: Rig) -> None:
        self.attack(rig, ("fact_appointments",), 1)

    def test_that_do_not_compare_count_twice(self, rig: Rig) -> None:
        with bookings(rig, 0.03), careless(rig) as pair:
            haunt(rig, pair, iter(range(2)))
        wrong = rig.look("SELECT count(*) FROM public.careless WHERE events > 1")
        assert wrong[0][0] > 0

    @pytest.mark.long
    def test_two_hundred_change_nothing(self, rig: Rig) -> None:
        self.attack(rig, CONSUMERS, 200, long=True)
