"""A whole installation of a test's own: embedded servers, four processes that log everything, one folder for it all."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import redis
from psycopg import sql
from uuid_utils.compat import uuid7

from adapters import logins
from adapters.embedded import servers
from adapters.identity.identity import open_ring
from adapters.postgres.roles import Role
from adapters.processes import LOGINS
from adapters.settings import ROOT, Settings
from api.security import make_token
from application.kernel.context import Caller
from scripts.processes import Family

PATIENCE = 60.0


class Estate:
    """``client`` asks its API in a role, ``tables`` tells what its database holds as text."""

    def __init__(self, place: Path, running: servers.Servers, settings: Settings, family: Family) -> None:
        self.place = place
        self.running = running
        self.settings = settings
        self.family = family
        self.tenant = uuid7()
        self.clients: list[httpx.Client] = []

    def client(self, role: str, agent: str = "tests") -> httpx.Client:
        """Return a client with a fresh sign-in."""
        caller = Caller(self.tenant, uuid7(), frozenset({role}), authenticated_at=datetime.now(UTC))
        token = make_token(open_ring(self.settings), caller)
        base = f"http://127.0.0.1:{self.settings.http_port}"
        self.clients.append(
            httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}", "User-Agent": agent})
        )
        return self.clients[-1]

    def start(self, name: str) -> None:
        """Start one of the four processes."""
        given = logins.environment(self.settings, self.running.database_url, LOGINS[name])
        self.family.start(name, environment=given)

    def kill(self, name: str) -> None:
        """End a process without a word."""
        self.family.children[name].kill()
        self.family.children[name].wait()

    def caretrail(self, *arguments: str) -> int:
        """Run a command; what it says lands in the searched folder."""
        with (self.place / "said.txt").open("ab") as said:
            return subprocess.run(
                [sys.executable, "-m", "scripts.cli", *arguments], cwd=ROOT, stdout=said, stderr=said, check=False,
                env=environment(self.place, self.settings.http_port), timeout=PATIENCE,
            ).returncode  # fmt: skip

    def administrator(self) -> psycopg.Connection[Any]:
        """Return a connection that may do anything."""
        return psycopg.connect(self.running.database_url, autocommit=True)

    def settle(self) -> None:
        """Wait until every consumer is at the end of its feed, and every effect has been tried that nobody lost."""
        lag = """SELECT count(*) FROM consumers.bookmarks WHERE halted IS NULL AND consumer NOT LIKE '%access%'
            AND position < (SELECT max(position) FROM event_store.events)"""
        due = """SELECT count(*) FROM effects.effects
            WHERE due_at < now() AND attempts = 0
                AND (state = 'waiting' OR (state = 'sent' AND sent_at > now() - '5 s'::interval))"""
        until = time.monotonic() + PATIENCE
        with self.administrator() as connection:
            while any(connection.execute(query.encode()).fetchone() != (0,) for query in (lag, due)):
                assert time.monotonic() < until, "something never comes to its end"
                time.sleep(0.1)

    def tables(self) -> Iterator[tuple[str, bytes]]:
        """Yield every table's rows as text: compression and binary numbers hide nothing there."""
        with self.administrator() as connection:
            names = connection.execute("""SELECT n.nspname, c.relname FROM pg_class c
                JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm')""").fetchall()
            for schema, name in names:
                if (schema, name) == ("pg_catalog", "pg_largeobject"):
                    continue
                query = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(schema, name))
                rows = connection.execute(query).fetchall()
                yield f"{schema}.{name}", "\n".join(row[0] for row in rows).encode()

    def rest(self) -> None:
        """Bring everything to the disk as it is: pages, log, and what Valkey holds (unpacked)."""
        with self.administrator() as connection:
            connection.execute("CHECKPOINT")
        with redis.Redis.from_url(self.running.redis_url, protocol=2) as client:
            client.config_set("rdbcompression", "no")
            client.save()


def environment(place: Path, port: int) -> dict[str, str]:
    """Return the variables of every process of an estate."""
    cleared = {f"CARETRAIL_DATABASE_URL_{role.upper()}": "" for role in Role}
    return os.environ | cleared | {
        "DATABASE_URL": "", "REDIS_URL": "", "CARETRAIL_LOGINS_FILE": "", "CARETRAIL_STATE": str(place / "state"),
        "CARETRAIL_HTTP_PORT": str(port), "CARETRAIL_LOG_LEVEL": "debug", "TMPDIR": str(place / "temporary"),
        "CARETRAIL_RATE_LIMIT_TIMES": "1000",
    }  # fmt: skip


@contextmanager
def open_estate(place: Path) -> Iterator[Estate]:
    """Start an estate in ``place``, and end every process of it."""
    (place / "temporary").mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings = Settings(
        state=place / "state", logins_file=None, database_url=None, redis_url=None, http_port=port, log_level="debug",
        **{f"database_url_{role}": None for role in Role},
    )  # fmt: skip
    with servers.serving(settings) as running:
        logins.bring_up(settings, running.database_url)
        given = environment(place, port) | {"REDIS_URL": running.redis_url}
        with Family(settings.state, given) as family:
            estate = Estate(place, running, settings, family)
            for name in LOGINS:
                estate.start(name)
            _await(estate)
            yield estate
            for client in estate.clients:
                client.close()


def _await(estate: Estate) -> None:
    until = time.monotonic() + PATIENCE
    with httpx.Client(timeout=5) as client:
        while True:
            assert not estate.family.dead(), [estate.family.last_words(name) for name in estate.family.dead()]
            with suppress(httpx.TransportError):
                if client.get(f"http://127.0.0.1:{estate.settings.http_port}/ready").is_success:
                    return
            assert time.monotonic() < until, estate.family.last_words("api")
            time.sleep(0.1)
