"""The append: ours (command, metadata and a unique key included), the stock recorder's, and the bare insert's."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psycopg
import uvloop
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from uuid_utils.compat import uuid7

from adapters.postgres.event_store import metadata
from scripts.benches import contention, pgbench
from scripts.benches.common import Effort, Ground, Ratio, Result, in_turn, median, settings
from scripts.benches.sample import CODEC, TENANT, Unsealing, booked, commit, store, writing

WRITERS = (1, 8, 16, 32)
MOST = WRITERS[-1]


def run(ground: Ground, effort: Effort) -> Result:
    """Measure every side at 1, 8, 16 and 32 writers, then the fights over one key and over one stream."""
    sides: dict[str, dict[str, float]] = {"caretrail_per_second": {}, "stock_per_second": {}, "pgbench_per_second": {}}
    with ExitStack() as stack:
        ours, stocks, bares = (made(ground, effort, stack) for made in (_ours, _stock, _bare))
        sealing, clear = (_ours(ground, effort, stack, notes=True, sealed=sealed) for sealed in (True, False))
        lock_free = _stock(ground, effort, stack, lock_free=True)
        for writers in WRITERS:
            measured = (partial(ours, writers), partial(stocks, writers), partial(bares, writers))
            figures = in_turn(effort.rounds, dict(zip(sides, measured, strict=True)))
            for name, rates in figures.items():
                sides[name][str(writers)] = round(median(rates))
        more = in_turn(effort.rounds, {"with_a_personal_field_per_second": partial(sealing, MOST),
                                       "the_same_unsealed_per_second": partial(clear, MOST),
                                       "stock_lock_free_per_second": partial(lock_free, MOST)})  # fmt: skip
    caretrail, stock, bare = sides.values()
    fights = contention.run(ground, effort)
    most = str(MOST)
    sealed, unsealed, _ = (median(rates) for rates in more.values())
    ratios = [
        Ratio("over_stock_best", caretrail[most] / max(stock.values()), 8.0),
        Ratio("over_pgbench_at_32", caretrail[most] / bare[most], 0.7),
        Ratio("over_stock_at_1", caretrail["1"] / stock["1"], 2.0),
        Ratio("over_unsealed", sealed / unsealed, 0.85),
        *(Ratio(f"contention_over_unbatched_{name}", fight["ratio"], 1.0) for name, fight in fights.items()),
        Ratio("deadlocks", sum(fight["deadlocks"] for fight in fights.values()), 0, at_most=True),
    ]
    information = {name: {most: round(median(rates))} for name, rates in more.items()}
    shown = settings(ground, effort, writers=WRITERS, client_processes=1)
    return Result("append", {**sides, **information, "contention": fights}, ratios, shown)


Rate = Callable[[int], float]


def _ours(ground: Ground, effort: Effort, stack: ExitStack, *, notes: bool = False, sealed: bool = True) -> Rate:
    url = stack.enter_context(ground.database())
    vault = None if sealed else Unsealing()

    async def measure(writers: int) -> float:
        async with store(url, ground.servers.redis_url, ground.folder, vault=vault) as opened:
            return await writing(opened, writers, effort.seconds, notes=notes)

    def in_loop(writers: int) -> float:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(measure(writers))

    return in_loop


def _stock(ground: Ground, effort: Effort, stack: ExitStack, *, lock_free: bool = False) -> Rate:
    """The stock recorder; ``lock_free`` is its other mode, in which readers may skip events."""
    url = stack.enter_context(ground.database(empty=True))
    to = psycopg.conninfo.conninfo_to_dict(url)
    datastore = PostgresDatastore(
        dbname=str(to["dbname"]), host=str(to["host"]), port=str(to["port"]), user=str(to["user"]),
        password=str(to.get("password", "")), pool_size=MOST, enable_db_functions=lock_free,
    )  # fmt: skip
    stack.enter_context(datastore)
    recorder = PostgresApplicationRecorder(datastore)
    recorder.create_table()
    state = CODEC.encode(booked(0))[0].encode()

    def measure(writers: int) -> float:
        def write() -> None:
            while time.perf_counter() < stop:
                recorder.insert_events([StoredEvent(uuid7(), 1, "bench.slot.booked", state)])
                done.append(1)

        done: list[int] = []
        started = time.perf_counter()
        stop = started + effort.seconds
        threads = [threading.Thread(target=write) for _ in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(done) / (time.perf_counter() - started)

    return measure


def _bare(ground: Ground, effort: Effort, stack: ExitStack) -> Rate:
    url = stack.enter_context(ground.database())
    event = booked(0)
    made = commit(uuid7(), event)
    script = Path(ground.folder) / "insert.sql"
    pgbench.prepare(
        url, script, tenant=str(TENANT), type=event.TOPIC, subject=str(event.patient_id),
        data=CODEC.encode(event)[0], meta=metadata(made.context),
    )  # fmt: skip

    def measure(writers: int) -> float:
        return pgbench.rate(url, script, writers, effort.seconds)

    return measure
