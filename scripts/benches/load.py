"""The API in processes of its own, and a client that asks it from many connections at once."""

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
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import psycopg
import uvloop
from uuid_utils.compat import uuid7

from adapters.identity.identity import open_ring
from adapters.identity.ring import KeyRing
from adapters.settings import ROOT, Settings
from scripts.benches.common import Ground

PROCESSES = 2
START_SECONDS, WARM_SECONDS = 30.0, 0.3
#: One user asks as often as thousands: every limit is asked, and none is reached.
TIMES = 100_000
#: A clinic's patients come again: a person's keys are made once.
PATIENTS = [str(uuid7()) for _ in range(200)]
DAY = datetime(2031, 1, 1, tzinfo=UTC)


class Request(NamedTuple):
    """What is sent, the status it has to be answered with, and the kind it is counted under."""

    kind: str
    content: bytes
    wanted: bytes


class Load(NamedTuple):
    """What came of asking: answers per second, the milliseconds each took by kind, and wrong statuses."""

    rate: float
    taken: Mapping[str, list[float]]
    errors: int


@contextmanager
def serving(ground: Ground, url: str) -> Iterator[tuple[str, KeyRing]]:
    """Run the API in two processes, the benches' routes beside it; give its address and the ring that signs tokens."""
    port = free_port()
    given = settings_for(ground, url)
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
        await_answer(base)
        yield base, ring
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(START_SECONDS)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def settings_for(ground: Ground, url: str) -> Settings:
    """Return the settings under which the API of :func:`serving` runs. Each database has a state directory of its own:
    beside the notes of another one it would be taken for restored, and nothing served."""
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    return Settings(
        state=ground.folder / f"state-of-{name}", logins_file=ground.logins_file, database_url=url,
        redis_url=ground.servers.redis_url,
    )  # fmt: skip


def await_answer(base: str) -> None:
    """Return as soon as the server answers. Raises TimeoutError."""
    end = time.monotonic() + START_SECONDS
    with httpx.Client(timeout=1.0) as client:
        while time.monotonic() < end:
            try:
                client.get(f"{base}/health").raise_for_status()
                return
            except httpx.HTTPError:
                time.sleep(0.02)
    raise TimeoutError("the server did not come up")


def booking(number: int) -> dict[str, object]:
    """Return the body of the ``number``-th booking; no two are for the same slot."""
    starts = DAY + timedelta(minutes=30 * (number % 10_000))
    return {
        "patientId": PATIENTS[number % len(PATIENTS)], "doctorId": str(UUID(int=number // 10_000 + 1)),
        "type": "IN_PERSON", "date": starts.isoformat(), "outright": True,
    }  # fmt: skip


def written(
    base: str, token: str, method: str, path: str, body: Mapping[str, object] | None = None, key: str | None = None
) -> bytes:
    """Return a request as it goes over the wire, with an idempotency key where one is given."""
    content = json.dumps(body).encode() if body is not None else b""
    head = f"{method} {path} HTTP/1.1\r\nHost: {urlsplit(base).netloc}\r\nAuthorization: Bearer {token}\r\n"
    if content:
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    if key:
        head += f"Idempotency-Key: {key}\r\n"
    return f"{head}\r\n".encode() + content


_NUMBERS = iter(range(10**9))


def measure(base: str, make: Callable[[int], Request], connections: int, seconds: float) -> Load:
    """Ask for so long from so many connections, each with one request at a time; numbers never come again."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_load(base, make, connections, seconds))


async def _load(base: str, make: Callable[[int], Request], connections: int, seconds: float) -> Load:
    to = urlsplit(base)
    streams = [await asyncio.open_connection(to.hostname, to.port) for _ in range(connections)]
    taken: dict[str, list[float]] = {}
    errors = 0

    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stop: float) -> None:
        nonlocal errors
        while (began := time.perf_counter()) < stop:
            request = make(next(_NUMBERS))
            writer.write(request.content)
            head = await reader.readuntil(b"\r\n\r\n")
            at = head.lower().index(b"content-length:") + 15
            await reader.readexactly(int(head[at : head.index(b"\r", at)]))
            errors += head[9:12] != request.wanted
            taken.setdefault(request.kind, []).append((time.perf_counter() - began) * 1000)

    await asyncio.gather(*(ask(*stream, time.perf_counter() + WARM_SECONDS) for stream in streams))
    taken.clear()
    errors = 0
    began = time.perf_counter()
    await asyncio.gather(*(ask(*stream, began + seconds) for stream in streams))
    rate = sum(map(len, taken.values())) / (time.perf_counter() - began)
    for _, writer in streams:
        writer.close()
    return Load(rate, taken, errors)
