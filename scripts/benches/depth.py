"""What an append and a read cost with ten thousand, a million and ten million events in the store."""

import asyncio
import hashlib
import random
import time
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
import uvloop

from adapters.postgres.feed import PostgresFeed
from scripts.benches.common import Effort, Ground, Ratio, Result, in_turn, median, settings
from scripts.benches.sample import PATIENTS, TENANT, Slot, store, writing

DEPTHS = (10_000, 1_000_000, 10_000_000)
VERSIONS, BLOCK, PAGE = 4, 4_000, 500
WRITERS, READERS = 32, 32
CHUNK = 500_000
MOST = 1.5

# Streams grow side by side, a thousand at a time; their ids follow the time, as ours do.
_STREAM = """(lpad(to_hex({n}), 12, '0') || '7' || substr(md5(({n})::text), 1, 3) || '8'
    || substr(md5(({n})::text), 4, 15))::uuid"""
_EVENTS = f"""
INSERT INTO event_store.events
SELECT g, %(tenant)s, {_STREAM.format(n="n")}, version, 'bench.slot.booked_with_notes', 1,
    format('{{"patient_id":"%%s","practitioner_id":"%%s","starts":"2031-01-01T09:00:00Z","minutes":30,"price":5000,'
        '"currency":"EUR"}}', patient, patient)::json,
    decode(repeat(md5(g::text), 7), 'hex'), patient, patient,
    format('{{"actor":"%%s","correlation_id":"%%s","command_id":"%%s"}}', %(tenant)s, patient, patient)::json, now()
FROM (
    SELECT g, (g - 1) / %(block)s * (%(block)s / %(versions)s) + (g - 1) %% (%(block)s / %(versions)s) AS n,
        ((g - 1) %% %(block)s / (%(block)s / %(versions)s) + 1)::int AS version,
        (%(patients)s::uuid[])[1 + g %% 200] AS patient
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) g
) told
"""
_COMMANDS = f"""
INSERT INTO event_store.commands
SELECT {_STREAM.format(n="g")}, %(tenant)s, %(tenant)s, decode(md5(g::text), 'hex'), '{{"status": "booked"}}', g, g,
    now()
FROM generate_series(%(first)s::bigint, %(last)s::bigint) g
"""
_KEYS = f"""
INSERT INTO event_store.unique_keys
SELECT %(tenant)s, 'bench.slot', n::text, {_STREAM.format(n="n")}
FROM generate_series((%(first)s::bigint - 1) / %(versions)s, %(last)s::bigint / %(versions)s - 1) n
"""


def run(ground: Ground, effort: Effort) -> Result:
    """Fill three stores, then append to and read from each in turn."""
    with ExitStack() as stack:
        urls = {_whole(effort.amount(depth)): stack.enter_context(ground.database()) for depth in DEPTHS}
        began = time.perf_counter()
        for depth, url in urls.items():
            _fill(url, depth)
        filled = time.perf_counter() - began
        sides: dict[str, dict[str, float]] = {}
        for name, side in (("append", _appends), ("stream", _streams), ("feed", _pages)):
            rates = in_turn(effort.rounds, {str(d): partial(side, ground, u, d, effort) for d, u in urls.items()})
            sides[f"{name}_us"] = {depth: round(1e6 / median(found), 2) for depth, found in rates.items()}
    first, last = (str(depth) for depth in (min(urls), max(urls)))
    ratios = [Ratio(f"{name}_last_over_first", found[last] / found[first], MOST, at_most=True)
              for name, found in sides.items()]  # fmt: skip
    shown = settings(ground, effort, depths=list(urls), writers=WRITERS, readers=READERS, events_per_stream=VERSIONS,
                     feed_page=PAGE, fill_seconds=round(filled))  # fmt: skip
    return Result("depth", sides, ratios, shown)


def _whole(depth: int) -> int:
    """Return the nearest number of events in which every stream is complete."""
    return max(1, round(depth / BLOCK)) * BLOCK


def _fill(url: str, depth: int) -> None:
    """Write ``depth`` events, their commands, and the keys that their streams hold."""
    given = {"tenant": TENANT, "block": BLOCK, "versions": VERSIONS, "patients": PATIENTS}
    with psycopg.connect(url, autocommit=True) as connection:
        for first in range(1, depth + 1, CHUNK):
            last = min(first + CHUNK - 1, depth)
            for statement in (_COMMANDS, _KEYS, _EVENTS):
                connection.execute(statement.encode(), given | {"first": first, "last": last})
        connection.execute(b"SELECT setval('event_store.position_seq', max(position)) FROM event_store.events")
        for table in ("events", "commands", "unique_keys"):
            connection.execute(f"VACUUM ANALYZE event_store.{table}".encode())
        connection.execute(b"CHECKPOINT")


def stream_of(number: int) -> UUID:
    """Return the id of the ``number``-th stream, as the statements above make it."""
    digest = hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()
    return UUID(f"{number:012x}7{digest[:3]}8{digest[3:18]}")


def _appends(ground: Ground, url: str, depth: int, effort: Effort) -> float:
    """Return appends per second."""

    async def measure() -> float:
        async with store(url, ground.servers.redis_url, ground.folder) as opened:
            return await writing(opened, WRITERS, effort.seconds, notes=True)

    return _in_loop(measure)


def _streams(ground: Ground, url: str, depth: int, effort: Effort) -> float:
    """Return streams read and folded per second, any of them as likely."""

    async def measure() -> float:
        async with store(url, ground.servers.redis_url, ground.folder) as opened:
            draw, done = random.Random(7), 0  # noqa: S311  # which are read is no secret

            async def read() -> None:
                nonlocal done
                while time.perf_counter() < stop:
                    slot = await opened.load(Slot, TENANT, stream_of(draw.randrange(depth // VERSIONS)))
                    assert slot.version == VERSIONS
                    done += 1

            began = time.perf_counter()
            stop = began + effort.seconds
            await asyncio.gather(*(read() for _ in range(READERS)))
            return done / (time.perf_counter() - began)

    return _in_loop(measure)


def _pages(ground: Ground, url: str, depth: int, effort: Effort) -> float:
    """Return events per second read from the feed, page by page, from anywhere."""
    draw, seen = random.Random(7), 0  # noqa: S311  # which are read is no secret
    with psycopg.connect(url, autocommit=True) as connection:
        feed = PostgresFeed(connection)
        began = time.perf_counter()
        while time.perf_counter() - began < effort.seconds or not seen:
            seen += len(feed.page(draw.randrange(depth - PAGE), PAGE).rows)
        return seen / (time.perf_counter() - began)


def _in_loop(measure: Callable[[], Coroutine[Any, Any, float]]) -> float:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(measure())
