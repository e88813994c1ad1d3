"""The catch-up: scattered facts into the rows of a schedule; by us, by the stock library, by one SQL statement."""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import Any

import psycopg
from psycopg import sql

from adapters.postgres.feed import PostgresFeed, decoder
from projections.kernel import generations
from projections.kernel.consumer import schema_of
from projections.kernel.runner import Runner
from scripts.benches import stock
from scripts.benches.common import Effort, Ground, Ratio, Result, in_turn, median, settings
from scripts.benches.schedule import CODEC, FACTS, READ_MODEL, SCHEMA, STATEMENTS, TABLE, seed

STREAMS, STOCK_EVENTS, STOCK_BATCH = 50_000, 3_000, 100
SHARDS = 2
GETTING_READY = 0.4


class RowsDiffer(Exception):
    """Two sides have not made the same rows: their times mean nothing."""


def run(ground: Ground, effort: Effort) -> Result:
    """Measure every side over the same facts and see that they make the same rows."""
    with ground.database() as url, ground.database(empty=True) as stock_url, _workers() as workers:
        events = seed(url, effort.amount(STREAMS, 100))
        some = effort.amount(STOCK_EVENTS, 200)
        checks: dict[str, str] = {}
        figures = in_turn(effort.rounds, {
            "caretrail": partial(_ours, url, checks),
            "caretrail_two_processes": partial(_sharded, url, workers, checks),
            **{f"sql_{name}": partial(_statement, url, name, checks) for name in STATEMENTS},
        })  # fmt: skip
        if len(set(checks.values())) != 1:
            raise RowsDiffer(f"checksums: {checks}")
        stock_rate = _stock(url, stock_url, some)
    rates = {f"{name}_events_per_second": round(events / median(times)) for name, times in figures.items()}
    best = max(rates["caretrail_events_per_second"], rates["caretrail_two_processes_events_per_second"])
    statement = max(rate for name, rate in rates.items() if name.startswith("sql_"))
    ratios = [
        Ratio("over_stock", best / stock_rate, 25.0),
        Ratio("over_sql", best / statement, 1.0),
        Ratio("over_sql_folded", best / rates["sql_folded_events_per_second"]),
        Ratio("over_sql_in_one_process", rates["caretrail_events_per_second"] / statement),
    ]
    sides = {**rates, "stock_events_per_second": round(stock_rate), "rows_checksum": next(iter(checks.values()))}
    shown = settings(ground, effort, events=events, stock_events=some, shards=SHARDS, rows_equal=True)
    return Result("project", sides, ratios, shown)


def _ours(url: str, checks: dict[str, str]) -> float:
    with psycopg.connect(url, autocommit=True) as connection:
        _forget(connection, shards=1)
        started = time.perf_counter()
        _drain(url, None)
        seconds = time.perf_counter() - started
        checks["caretrail"] = _checksum(connection, "read")
        return seconds


def _sharded(url: str, workers: ProcessPoolExecutor, checks: dict[str, str]) -> float:
    with psycopg.connect(url, autocommit=True) as connection:
        _forget(connection, shards=SHARDS)
        start = time.time() + GETTING_READY
        ends = [workers.submit(drain_at, url, shard, start) for shard in range(SHARDS)]
        seconds = max(end.result() for end in ends) - start
        checks["caretrail_two_processes"] = _checksum(connection, "read")
        return seconds


def drain_at(url: str, shard: int, start: float) -> float:
    """In a process that is up already: begin at ``start``, project one shard, return when it was done."""
    time.sleep(max(0.0, start - time.time()))
    _drain(url, shard)
    return time.time()


def _drain(url: str, shard: int | None) -> None:
    with psycopg.connect(url, autocommit=True) as writing, psycopg.connect(url, autocommit=True) as reading:
        makers = generations.sources({READ_MODEL.name: READ_MODEL})
        Runner(writing, PostgresFeed(reading), decoder(CODEC), makers, shard=shard).drain()


def _statement(url: str, name: str, checks: dict[str, str]) -> float:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(b"DROP TABLE IF EXISTS public.bench_schedule")
        connection.execute(SCHEMA.read_bytes())
        started = time.perf_counter()
        connection.execute(STATEMENTS[name].encode())
        seconds = time.perf_counter() - started
        checks[f"sql_{name}"] = _checksum(connection, "public")
        return seconds


def _stock(url: str, stock_url: str, events: int) -> float:
    """Return the stock projection's events per second, over a part of the same facts; its rows are compared too."""
    with psycopg.connect(url) as connection, stock.application(stock_url) as app:
        facts = connection.execute(
            b"""SELECT tenant_id, stream_id, version, substr(type, length('bench.appointment.') + 1), data
                FROM event_store.events WHERE stream_id IN (
                    SELECT stream_id FROM event_store.events WHERE version = 1 ORDER BY position LIMIT %s)
                ORDER BY position""",
            (events // FACTS,),
        ).fetchall()
        for first in range(0, len(facts), STOCK_BATCH):
            part = [stock.domain_event(*fact) for fact in facts[first : first + STOCK_BATCH]]
            app.recorder.insert_events(stock.stored(app, part))
        last = app.recorder.max_notification_id() or 0
        started = time.perf_counter()
        stock.catch_up(stock_url, last)
        seconds = time.perf_counter() - started
        theirs = _select(stock_url, sql.SQL("SELECT * FROM stock_schedule"))
        some = sql.SQL("SELECT * FROM {} WHERE appointment_id = ANY({})").format(
            sql.Identifier(TABLE.name), sql.Literal([fact[1] for fact in facts])
        )
        if theirs != _select(url, some):
            raise RowsDiffer("stock")
        return len(facts) / seconds


def _select(url: str, query: sql.Composable) -> set[Any]:
    with psycopg.connect(url) as connection:
        return set(connection.execute(sql.Composed([query])).fetchall())


def _forget(connection: psycopg.Connection[Any], shards: int) -> None:
    """Put the read model back to its beginning."""
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema_of(TABLE.name, 1))))
    connection.execute(b"TRUNCATE consumers.bookmarks, consumers.generations, consumers.parked_streams")
    generations.describe(connection, [READ_MODEL])
    generations.ensure_live(connection, READ_MODEL, shards)


def _checksum(connection: psycopg.Connection[Any], schema: str) -> str:
    query = sql.SQL("SELECT count(*) || ' ' || sum(hashtextextended(t::text, 0)) FROM {} t")
    found = connection.execute(query.format(sql.Identifier(schema, TABLE.name))).fetchone()
    return str(found[0]) if found else ""


@contextmanager
def _workers() -> Iterator[ProcessPoolExecutor]:
    """Processes that stand ready, as projectors do."""
    with ProcessPoolExecutor(SHARDS, mp_context=get_context("spawn")) as pool:
        for born in [pool.submit(time.sleep, GETTING_READY) for _ in range(SHARDS)]:
            born.result()
        yield pool
