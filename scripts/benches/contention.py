"""Four processes that all want the same thing: batched, and one command per round trip. Nobody may wait for ever."""

import asyncio
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg
import uvloop
from uuid_utils.compat import uuid7

from adapters.postgres.batcher import BATCH
from adapters.postgres.event_store import PostgresEventStore
from application.ports.event_store import KeyTaken, VersionConflict
from domain.kernel.ids import derived_id
from domain.kernel.unique import UniqueKey
from scripts.benches.common import Effort, Ground, in_turn, median
from scripts.benches.sample import TENANT, Slot, booked, commit, store

PROCESSES, WRITERS = 4, 8
WANTED, STREAM_SECONDS = UniqueKey("bench.wanted", "the one"), 0.05
GETTING_READY = 1.5
FIGHTS = ("key", "stream")
FORMS = {"batched": BATCH, "unbatched": 1}


def run(ground: Ground, effort: Effort) -> dict[str, dict[str, Any]]:
    """Return, for each fight, how many commands per second were answered and won in each form, and the deadlocks."""
    found = {}
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        for fight in FIGHTS:
            with ground.database() as url:
                won: dict[str, list[float]] = {form: [] for form in FORMS}

                def measure(form: str, fight: str = fight, url: str = url, won: Any = won) -> float:
                    start = time.time() + GETTING_READY
                    fighter = partial(
                        fighting, fight, url, ground.servers.redis_url, ground.folder, FORMS[form], start,
                        effort.seconds,
                    )  # fmt: skip
                    scores = list(pool.map(fighter, range(PROCESSES)))
                    won[form].append(sum(score[1] for score in scores) / effort.seconds)
                    return sum(score[0] for score in scores) / effort.seconds

                answered = in_turn(effort.rounds, {form: partial(measure, form) for form in FORMS})
                found[fight] = {
                    **{f"{form}_answered_per_second": round(median(answered[form])) for form in FORMS},
                    **{f"{form}_won_per_second": round(median(won[form])) for form in FORMS},
                    "ratio": round(median(won["batched"]) / max(1.0, median(won["unbatched"])), 3),
                    "deadlocks": _deadlocks(url),
                }
    return found


def fighting(
    fight: str, url: str, redis_url: str, folder: Path, batch: int, start: float, seconds: float, number: int
) -> tuple[int, int]:
    """Fight in one process; return (commands answered, commands won)."""

    async def go() -> tuple[int, int]:
        async with store(url, redis_url, folder, batch) as opened:
            await opened.append(commit(uuid7(), booked(number)))
            await asyncio.sleep(max(0.0, start - time.time()))
            score = [0, 0]
            over = {"key": over_key, "stream": over_stream}[fight]
            await asyncio.gather(*(over(opened, start + seconds, score) for _ in range(WRITERS)))
            return score[0], score[1]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(go())


async def over_key(opened: PostgresEventStore, until: float, score: list[int]) -> None:
    """Take the one key and give it back, again and again."""
    while time.time() < until:
        stream = uuid7()
        try:
            await opened.append(commit(stream, booked(0), take=WANTED))
            await opened.append(commit(stream, booked(1), version=1, give=WANTED))
            score[0] += 2
            score[1] += 2
        except KeyTaken:
            score[0] += 1


async def over_stream(opened: PostgresEventStore, until: float, score: list[int]) -> None:
    """Append the next version of the stream that all are at, again and again. A new one begins before it grows long."""
    while (now := time.time()) < until:
        stream = derived_id("bench stream", int(now / STREAM_SECONDS))
        at = (await opened.load(Slot, TENANT, stream)).version
        try:
            await opened.append(commit(stream, booked(at), version=at))
            score[1] += 1
        except VersionConflict:
            pass
        score[0] += 1


def _deadlocks(url: str) -> int:
    """What the server has counted; the fighters' connections are closed, so their figures have arrived."""
    with psycopg.connect(url) as connection:
        query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        found = connection.execute(query).fetchone()
    return int(found[0]) if found else 0
