"""Booking and reading over HTTP beside a route that does nothing, on the same server behind the same middleware."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import uvloop
from uuid_utils.compat import uuid7

from adapters.bootstrap import Role, open_runner
from adapters.identity.identity import open_ring
from adapters.identity.ring import KeyRing
from adapters.logins import url_for
from adapters.settings import ROOT, Settings
from api.security import make_token
from application.kernel.context import Caller
from scripts.benches.common import Effort, Ground, Ratio, Result, in_turn, median, percentiles, settings

CONNECTIONS = (1, 32, 256)
PROCESSES = 2
BOUND_MS = 2_000.0
START_SECONDS = 30.0
#: One user asks as often as thousands: every limit is asked, and none is reached.
TIMES = 100_000
#: A clinic's patients come again: a person's keys are made once.
PATIENTS = [str(uuid7()) for _ in range(200)]
DAY = datetime(2031, 1, 1, tzinfo=UTC)


class Load(NamedTuple):
    """What one side gave under one number of connections."""

    rate: float
    milliseconds: list[float]
    errors: int


def run(ground: Ground, effort: Effort) -> Result:
    """Measure no-op, read and booking in turn at 1, 32 and 256 connections."""
    caller = Caller(uuid7(), uuid7(), frozenset({"clinic_admin"}))
    with ground.database() as url, serving(ground, url) as (base, ring):
        token = make_token(ring, caller, seconds=86_400)
        booked = _book_one(base, token)
        with open_runner(url_for(_settings(ground, url), Role.PROJECTOR)) as runner:
            runner.drain()
        asked: dict[str, Callable[[int], bytes]] = {
            "noop": lambda _: _request(base, "GET", "/bench/noop", token),
            "noop_in_turn": lambda _: _request(base, "GET", "/bench/noop-in-turn", token),
            **_reads(base, token, caller.tenant_id, booked),
            "command": lambda n: _request(base, "POST", "/api/appointments", token, _booking(n)),
        }
        wanted = dict.fromkeys(asked, b"200") | {"command": b"201"}
        sides: dict[str, dict[str, object]] = {}
        for connections in CONNECTIONS:
            loads: dict[str, list[Load]] = {name: [] for name in asked}

            def side(name: str, connections: int = connections, into: dict[str, list[Load]] = loads) -> float:
                into[name].append(_measure(base, asked[name], wanted[name], connections, effort.seconds))
                return into[name][-1].rate

            figures = in_turn(effort.rounds, {name: partial(side, name) for name in asked})
            sides[str(connections)] = {name: _figures(figures[name], loads[name]) for name in asked}
    shown = settings(
        ground, effort, server_processes=PROCESSES, client_processes=1, connections=CONNECTIONS, patients=len(PATIENTS)
    )
    return Result("http", sides, _ratios(sides), shown)


def _ratios(sides: Mapping[str, dict[str, object]]) -> list[Ratio]:
    at_32, at_256 = sides["32"], sides["256"]
    return [
        Ratio("command_over_noop_at_32", _of(at_32, "command") / _of(at_32, "noop"), 0.4),
        Ratio("read_over_noop_at_32", _of(at_32, "read") / _of(at_32, "noop"), 0.4),
        Ratio("read_over_read_unrecorded_at_32", _of(at_32, "read") / _of(at_32, "read_unrecorded")),
        # Authentication, policy and row-level security cost a read a quarter of its time at most.
        Ratio(
            "read_unrecorded_over_read_unguarded_at_32",
            _of(at_32, "read_unrecorded") / _of(at_32, "read_unguarded"),
            0.8,
        ),
        Ratio("command_over_noop_in_turn_at_32", _of(at_32, "command") / _of(at_32, "noop_in_turn")),
        Ratio("read_over_noop_in_turn_at_32", _of(at_32, "read") / _of(at_32, "noop_in_turn")),
        Ratio("command_p99_ms_at_256", _of(at_256, "command", "p99"), BOUND_MS, at_most=True),
        Ratio("errors", sum(_of(side, name, "errors") for side in sides.values() for name in side), 0, at_most=True),
    ]


def _figures(rates: list[float], loads: list[Load]) -> dict[str, float]:
    every = [figure for load in loads for figure in load.milliseconds]
    errors = sum(load.errors for load in loads)
    return {"per_second": round(median(rates)), **percentiles(every), "errors": errors}


def _of(side: dict[str, object], name: str, figure: str = "per_second") -> float:
    found = side[name]
    assert isinstance(found, dict)
    return float(found[figure])


@contextmanager
def serving(ground: Ground, url: str) -> Iterator[tuple[str, KeyRing]]:
    """Run the API in two processes with the no-op route beside it; give its address and the ring that signs tokens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = _settings(ground, url)
    ring = open_ring(given)
    environment = {
        **os.environ, "DATABASE_URL": url, "REDIS_URL": ground.servers.redis_url, "CARETRAIL_STATE": str(given.state),
        "CARETRAIL_LOG_LEVEL": "warning", "CARETRAIL_LOGINS_FILE": str(ground.logins_file),
        "CARETRAIL_RATE_LIMIT_TIMES": str(TIMES),
    }  # fmt: skip
    arguments = ["--factory", "--host", "127.0.0.1", "--port", str(port), "--workers", str(PROCESSES)]
    arguments += ["--log-level", "error", "--no-access-log", "--no-server-header", "--no-proxy-headers"]
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "scripts.benches.server:application", *arguments], cwd=ROOT, env=environment
    )
    try:
        base = f"http://127.0.0.1:{port}"
        _await(base)
        yield base, ring
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(START_SECONDS)


def _settings(ground: Ground, url: str) -> Settings:
    return Settings(
        state=ground.folder / "http", logins_file=ground.logins_file, database_url=url,
        redis_url=ground.servers.redis_url,
    )  # fmt: skip


def _await(base: str) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            httpx.get(f"{base}/health", timeout=1.0).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise TimeoutError("the server did not come up")


def _booking(number: int) -> dict[str, object]:
    starts = DAY + timedelta(minutes=30 * (number % 10_000))
    return {
        "patientId": PATIENTS[number % len(PATIENTS)], "doctorId": str(UUID(int=number // 10_000 + 1)),
        "type": "IN_PERSON", "date": starts.isoformat(), "outright": True,
    }  # fmt: skip


def _book_one(base: str, token: str) -> str:
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.post(f"{base}/api/appointments", json=_booking(10**9), headers=headers)
    answer.raise_for_status()
    return str(answer.json()["data"]["id"])


def _reads(base: str, token: str, tenant_id: UUID, booked: str) -> dict[str, Callable[[int], bytes]]:
    """Return the three ways to read one appointment. Raises AssertionError when they do not tell the same."""
    paths = {
        "read": f"/api/appointments/{booked}",
        "read_unrecorded": f"/bench/unrecorded/{booked}",
        "read_unguarded": f"/bench/unguarded/{tenant_id}/{booked}",
    }
    headers = {"Authorization": f"Bearer {token}"}
    found = [httpx.get(f"{base}{path}", headers=headers) for path in paths.values()]
    first, *others = [(each.json()["data"], each.headers["etag"]) for each in found]
    assert others == [first, first], "there is nothing to compare"
    return {name: partial(_reading, base, path, token) for name, path in paths.items()}


def _reading(base: str, path: str, token: str, _: int) -> bytes:
    return _request(base, "GET", path, token)


def _request(base: str, method: str, path: str, token: str, body: dict[str, object] | None = None) -> bytes:
    content = json.dumps(body).encode() if body is not None else b""
    head = f"{method} {path} HTTP/1.1\r\nHost: {urlsplit(base).netloc}\r\nAuthorization: Bearer {token}\r\n"
    if content:
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    return f"{head}\r\n".encode() + content


_NUMBERS = iter(range(10**12))


def _measure(base: str, make: Callable[[int], bytes], wanted: bytes, connections: int, seconds: float) -> Load:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_load(base, make, wanted, connections, seconds))


async def _load(base: str, make: Callable[[int], bytes], wanted: bytes, connections: int, seconds: float) -> Load:
    to = urlsplit(base)
    streams = [await asyncio.open_connection(to.hostname, to.port) for _ in range(connections)]
    taken: list[float] = []
    errors = 0

    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stop: float) -> None:
        nonlocal errors
        while (began := time.perf_counter()) < stop:
            writer.write(make(next(_NUMBERS)))
            head = await reader.readuntil(b"\r\n\r\n")
            at = head.lower().index(b"content-length:") + 15
            await reader.readexactly(int(head[at : head.index(b"\r", at)]))
            errors += head[9:12] != wanted
            taken.append((time.perf_counter() - began) * 1000)

    await asyncio.gather(*(ask(*stream, time.perf_counter() + 0.3) for stream in streams))  # warm
    taken.clear()
    errors = 0
    began = time.perf_counter()
    await asyncio.gather(*(ask(*stream, began + seconds) for stream in streams))
    rate = len(taken) / (time.perf_counter() - began)
    for _, writer in streams:
        writer.close()
    return Load(rate, taken, errors)
