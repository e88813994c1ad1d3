"""What all benches share: the ground they stand on, rounds in turn, and the shape of a result."""

import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import psycopg

from adapters import logins
from adapters.embedded.databases import Databases
from adapters.embedded.servers import Servers, serving
from adapters.settings import ROOT, Settings

PACKAGES = ("eventsourcing", "psycopg", "msgspec", "fastapi", "uvicorn", "granian", "uvloop", "redis")
END_SECONDS = 30.0
_BEGAN = psutil.cpu_times()
GUARANTEES = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "data_checksums", "shared_buffers")


class Effort(NamedTuple):
    """How long to measure: ``seconds`` per side and round, ``rounds``, and ``scale`` of the amounts of data."""

    seconds: float = 2.0
    rounds: int = 5
    scale: float = 1.0

    def amount(self, whole: int, least: int = 1) -> int:
        """Return ``whole`` scaled."""
        return max(least, round(whole * self.scale))


class Ratio(NamedTuple):
    """One figure held against its target. ``target`` None: for information."""

    name: str
    value: float
    target: float | None = None
    at_most: bool = False

    @property
    def reached(self) -> bool:
        """Whether the target is reached."""
        if self.target is None:
            return True
        return self.value <= self.target if self.at_most else self.value >= self.target


class Result(NamedTuple):
    """What a bench found. ``sides`` holds the figures of everything compared, units in their names."""

    bench: str
    sides: Mapping[str, Any]
    ratios: Sequence[Ratio]
    settings: Mapping[str, Any]

    def facts(self) -> dict[str, Any]:
        """Return the result as it is printed in JSON."""
        return {
            "bench": self.bench,
            "sides": self.sides,
            "ratios": {r.name: round(r.value, 3) for r in self.ratios},
            "targets": {
                r.name: f"{'<=' if r.at_most else '>='} {r.target}" for r in self.ratios if r.target is not None
            },
            "reached": all(r.reached for r in self.ratios),
            "settings": self.settings,
        }


class Ground(NamedTuple):
    """Servers to measure on, a folder for files, and the file of the logins that every database is open to."""

    servers: Servers
    databases: Databases
    folder: Path
    logins_file: Path

    @contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """A fresh database, migrated unless ``empty``."""
        url = self.databases.empty() if empty else self.databases.fresh()
        try:
            yield url
        finally:
            self.databases.drop(url)


@contextmanager
def standing(servers: Servers, folder: Path) -> Iterator[Ground]:
    """Prepare running servers for measuring."""
    chosen = Settings(state=folder)
    databases = Databases(
        servers.database_url, partial(logins.bring_up, chosen), [login.name for login in logins.logins(chosen)]
    )
    try:
        yield Ground(servers, databases, folder, chosen.logins_path)
    finally:
        databases.close()


@contextmanager
def ground() -> Iterator[Ground]:
    """A PostgreSQL and a Valkey of our own in a temporary folder, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="caretrail-bench-"))
    try:
        settings = Settings(state=folder, database_url=None, redis_url=None)
        with serving(settings) as servers, standing(servers, folder) as made:
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def started(
    given: Settings, name: str, *arguments: str, more: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of ``caretrail`` over the servers of ``given``, as in production, for the length of a block."""
    environment = {
        **os.environ, "DATABASE_URL": str(given.database_url), "REDIS_URL": str(given.redis_url),
        "CARETRAIL_STATE": str(given.state), "CARETRAIL_LOG_LEVEL": "error",
        "CARETRAIL_LOGINS_FILE": str(given.logins_path), **(more or {}),
    }  # fmt: skip
    command = [sys.executable, "-m", "scripts.cli", name, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(END_SECONDS)


@contextmanager
def running(given: Settings, *names: str) -> Iterator[None]:
    """Several such processes."""
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(started(given, name))
        yield


def in_turn(rounds: int, sides: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Run every side once per round, beginning with another one each time; return their figures."""
    figures: dict[str, list[float]] = {name: [] for name in sides}
    names = list(sides)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            figures[name].append(sides[name]())
    return figures


def median(figures: Sequence[float]) -> float:
    """Return the middle figure."""
    return statistics.median(figures)


def percentiles(figures: Sequence[float]) -> dict[str, float]:
    """Return p50, p95, p99 and the greatest."""
    ordered = sorted(figures)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 3)

    return {"p50": at(0.50), "p95": at(0.95), "p99": at(0.99), "max": round(ordered[-1], 3)}


def stolen_percent() -> float:
    """Return the share of the processors that the machine's host gave to others since this process began."""
    now = psutil.cpu_times()
    passed = sum(now) - sum(_BEGAN)
    return round(100 * (getattr(now, "steal", 0.0) - getattr(_BEGAN, "steal", 0.0)) / passed, 1) if passed else 0.0


def settings(ground: Ground, effort: Effort, **more: object) -> dict[str, Any]:
    """Return what the figures depend on."""
    with psycopg.connect(ground.servers.database_url) as connection:
        guarantees = {}
        for name in GUARANTEES:
            found = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
            guarantees[name] = found[0] if found else None
    return {
        "postgresql": guarantees,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "stolen_percent": stolen_percent(),
        "load_average": [round(figure, 2) for figure in os.getloadavg()],
        "seconds": effort.seconds,
        "rounds": effort.rounds,
        "scale": effort.scale,
        **more,
    }
