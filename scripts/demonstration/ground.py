"""Where a demonstration takes place: a fresh state directory, a free port, servers nobody else uses."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil
import psycopg

from adapters import logins
from adapters.embedded import servers
from adapters.embedded.databases import Databases
from adapters.postgres.roles import Role, drop_logins
from adapters.settings import Settings
from adapters.valkey import UNREACHABLE, connect_now
from scripts.processes import AlreadyUp, end_recorded, recorded

HOST = "127.0.0.1"
PREFIX = "caretrail-demo-"
#: A clinic's day is lived in a minute, and by everybody from one address.
TIMES = 100


class NoRoom(Exception):
    """A server that was named leaves the demonstration no place of its own."""


@contextmanager
def ground(base: Settings, *, passing: bool) -> Iterator[Settings]:
    """Give settings for one demonstration; whatever serves it is gone afterwards.

    A ``passing`` one lives in a temporary directory that is removed; else in ``demo`` of the state directory, where
    the last one's logs and files can be read until the next. Raises AlreadyUp, NoRoom, ServerFailed.
    """
    state = _temporary() if passing else base.state / "demo"
    if not passing:
        _clear(state)
    state.mkdir(parents=True, exist_ok=True)
    try:
        with _database(base.database_url, state) as database_url, _queue(base.redis_url) as redis_url:
            chosen = Settings(
                state=state, logins_file=None, files=None, root_key_file=None, token_secret=None,
                database_url=database_url, **{f"database_url_{role}": None for role in Role}, redis_url=redis_url,
                http_host=HOST, http_port=free_port(base.http_port), http_processes=1, postgres_port=0,
            )  # fmt: skip
            try:
                yield chosen
            finally:
                servers.stop(chosen)
    finally:
        if passing:
            shutil.rmtree(state, ignore_errors=True)


def environment(chosen: Settings) -> dict[str, str]:
    """Return the variables that give a child process these settings (an empty one counts as not set)."""
    return {
        "CARETRAIL_STATE": str(chosen.state),
        "CARETRAIL_FILES": "",
        "CARETRAIL_LOGINS_FILE": "",
        "CARETRAIL_ROOT_KEY_FILE": "",
        "CARETRAIL_TOKEN_SECRET": "",
        "CARETRAIL_HTTP_HOST": chosen.http_host,
        "CARETRAIL_HTTP_PORT": str(chosen.http_port),
        "CARETRAIL_HTTP_PROCESSES": str(chosen.http_processes),
        "CARETRAIL_POSTGRES_PORT": "",
        "CARETRAIL_LOG_LEVEL": "info",
        "CARETRAIL_RATE_LIMIT_TIMES": str(TIMES),
        "PYTHONUNBUFFERED": "1",
        **{f"CARETRAIL_DATABASE_URL_{role.upper()}": "" for role in Role},
    }


def _temporary() -> Path:
    """Make a directory for this process; remove those of processes that were killed, and what still runs there."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = left.name.removeprefix(PREFIX).split("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            _clear(left)
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


def _clear(state: Path) -> None:
    """End what an earlier demonstration left running, and remove its directory."""
    if "up" in recorded(state):
        raise AlreadyUp(f"A demonstration is up already from {state}: end it with Ctrl-C.")
    end_recorded(state)
    servers.stop(Settings(state=state, database_url=None, redis_url=None))
    shutil.rmtree(state, ignore_errors=True)


@contextmanager
def _database(url: str | None, state: Path) -> Iterator[str | None]:
    """On a server that is named: a database and logins of our own, dropped afterwards."""
    if url is None:
        yield None
        return
    ours = Settings(state=state, logins_file=None)
    names = [login.name for login in logins.logins(ours)]
    databases = Databases(url, partial(logins.bring_up, ours), names)
    try:
        made = databases.fresh()
        try:
            yield made
        finally:
            databases.drop(made)
    finally:
        databases.close()
        with psycopg.connect(url, autocommit=True) as connection:
            drop_logins(connection, names)


@contextmanager
def _queue(url: str | None) -> Iterator[str | None]:
    """On a server that is named: an empty logical database, emptied again afterwards."""
    if url is None:
        yield None
        return
    chosen = next((one for one in _logical_databases(url) if _dbsize(one) == 0), None)
    if chosen is None:
        raise NoRoom("Every logical database of REDIS_URL holds something: the demo needs an empty one.")
    try:
        yield chosen
    finally:
        with connect_now(chosen, 5.0) as client:
            client.flushdb()


def _logical_databases(url: str) -> Iterator[str]:
    server = url if url.count("/") < 3 else url.rpartition("/")[0]
    return (f"{server}/{number}" for number in range(15, 0, -1))


def _dbsize(url: str) -> int:
    try:
        with connect_now(url, 5.0) as client:
            return int(client.dbsize())
    except UNREACHABLE as error:
        raise NoRoom(f"REDIS_URL does not answer: {type(error).__name__}") from None


def free_port(wanted: int) -> int:
    """Return the port that is wanted, or any other when it is taken."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise NoRoom("No port is free.")
