"""The rig: a house as in production, in a state directory of its own, whose processes and servers can be killed."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psutil
import psycopg
from uuid_utils.compat import uuid7

from adapters import logins
from adapters.embedded import servers
from adapters.embedded.postgres import EmbeddedPostgres
from adapters.embedded.valkey import EmbeddedValkey
from adapters.identity.identity import open_ring
from adapters.logins import Role
from adapters.processes import LOGINS
from adapters.settings import Settings
from api.security import make_token
from application.kernel.context import Caller
from domain.kernel.ids import derived_id
from projections.catalogue import READ_MODELS
from scripts.demonstration.ground import environment, free_port
from scripts.processes import Family, end_recorded
from tests.chaos.asker import Asker
from tests.chaos.proxy import Proxy

PREFIX = "caretrail-chaos-"
PATIENCE, POLL = 90.0, 0.1
EVERYTHING = ("projector-1", "projector-2", "worker", "clock", "api")
#: One client asks as often as thousands; what was done is signed soon.
QUICKLY = {"CARETRAIL_RATE_LIMIT_TIMES": "1000000", "CARETRAIL_CHECKPOINT_SECONDS": "2"}
SECONDS = 86_400
ALARMING = ('"level": "error"', '"level": "critical"', "Traceback (most recent call last)")
#: After so long it is as if minutes had passed: the clock sends again what a killed worker took with it.
LOST_SECONDS = 3.0
_BEHIND = """SELECT count(*) FROM consumers.bookmarks b JOIN consumers.generations g USING (consumer, generation)
    WHERE g.state = 'live' AND b.halted IS NULL AND b.position < (
        SELECT coalesce(max(position), 0) FROM (SELECT position FROM event_store.events WHERE b.consumer <> %s
        UNION ALL SELECT position FROM access_log.entries WHERE b.consumer = %s) p)"""
_LIVE = "SELECT count(*) FROM consumers.generations WHERE state = 'live' AND schema_sha <> ''"
_UNSETTLED = """SELECT count(*) FROM effects.effects
    WHERE state = 'sent' OR (state = 'waiting' AND due_at < clock_timestamp())"""
_LOST = """UPDATE effects.effects SET sent_at = sent_at - interval '1 day'
    WHERE state = 'sent' AND sent_at < clock_timestamp() - make_interval(secs => %s)"""
_UNSIGNED = "SELECT coalesce(sum(unanchored), 0) FROM merkle.figures()"


class Rig:
    """Made by :func:`open_rig`. Processes go by the names they were started under: ``projector-2`` is a projector.

    ``url`` is the administrator's, straight to the server; ``proxy`` stands before it for those who were started
    ``proxied``. A backend tells whose it is: its application_name is the process's name.
    """

    def __init__(self, settings: Settings, family: Family, url: str, redis_url: str, proxy: Proxy) -> None:
        self.settings = settings
        self.url = url
        self.proxy = proxy
        self.tenant = uuid7()
        self.api_url = f"http://{settings.http_host}:{settings.http_port}"
        self._family = family
        self._redis_url = redis_url
        self._started: dict[str, tuple[bool, tuple[str, ...]]] = {}
        self._ring = open_ring(settings)

    @property
    def valkey(self) -> EmbeddedValkey:
        """The server of the queue, the cache and the limits."""
        return servers.embedded_valkey(self.settings)

    @property
    def postgres(self) -> EmbeddedPostgres:
        """The database server."""
        return servers.embedded_postgres(self.settings)

    def start(self, name: str, *arguments: str, proxied: bool = False, url: str | None = None) -> int:
        """Start ``caretrail`` for the process of a name, with the logins it has in production, on the rig's database or
        that of ``url``; return its pid."""
        command = name.partition("-")[0]
        self._started[name] = proxied, arguments
        roles = LOGINS.get(command, (Role.PROJECTOR,))  # tools log in as the projector
        given = logins.environment(self.settings, url or (self.proxy.url if proxied else self.url), roles)
        variables = given | {"PGAPPNAME": name, "REDIS_URL": self._redis_url}
        return self._family.start(command, *arguments, environment=variables, name=name)

    def pid(self, name: str) -> int:
        """The pid of a process."""
        return self._family.children[name].pid

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """Send a signal; after SIGKILL return when it is gone."""
        child = self._family.children[name]
        child.send_signal(number)
        if number == signal.SIGKILL:
            child.wait()

    def restart(self, name: str) -> int:
        """Start a process that has ended again, as it was started; return its pid."""
        self._family.children[name].wait()
        proxied, arguments = self._started[name]
        return self.start(name, *arguments, proxied=proxied)

    def wait(self, name: str) -> int:
        """Return the exit code of a process that ends by itself."""
        return self._family.children[name].wait(PATIENCE)

    def dead(self) -> list[str]:
        """Names of the processes that have ended."""
        return self._family.dead()

    def last_words(self, name: str) -> str:
        """The end of a process's log."""
        return self._family.last_words(name)

    def errors_logged(self) -> list[str]:
        """Return what the processes' logs say that calls for a change of the code."""
        said = [(name, line) for name in self._started for line in self._family.log(name).read_text().splitlines()]
        return [f"{name} logged {line}" for name, line in said if any(mark in line for mark in ALARMING)]

    def backends(self, name: str = "%", state: str = "%") -> list[int]:
        """Return the pids of the server's processes that serve connections of ours, all or those of one name."""
        query = """SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
            AND application_name LIKE %s AND state LIKE %s ORDER BY pid"""
        return [row[0] for row in self.look(query, name, state)]

    def look(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Return rows as the administrator sees them."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def stop_postgres(self) -> None:
        """Stop the server at once, as a crash would: nothing is written or said before; return when it is gone."""
        process = self.postgres.process()
        assert process is not None
        everyone = [process, *process.children(recursive=True)]
        process.send_signal(signal.SIGQUIT)
        psutil.wait_procs(everyone, timeout=PATIENCE)

    def start_postgres(self) -> None:
        """Start the server again and return when it has recovered."""
        self.postgres.start()

    def token(self, *roles: str, actor: UUID | None = None, tenant: UUID | None = None) -> str:
        """Return a token for a day in the rig's tenant, or another."""
        caller = Caller(tenant or self.tenant, actor or uuid7(), frozenset(roles or {"clinic_admin"}))
        return make_token(self._ring, caller, SECONDS)

    def asker(self, *roles: str, actor: UUID | None = None, tenant: UUID | None = None) -> Asker:
        """Return a client of the API."""
        return Asker(self.api_url, self.token(*roles, actor=actor, tenant=tenant))

    def command_id(self, actor: UUID, key: str) -> UUID:
        """Return which command a request of somebody in the rig's tenant is, by its Idempotency-Key."""
        return derived_id("command", self.tenant, actor, key)

    def await_api(self) -> None:
        """Return when the API serves. Raises TimeoutError with the last words of whoever died."""

        def serves() -> bool:
            with suppress(httpx.TransportError):
                return client.get(f"{self.api_url}/health").is_success
            return False

        with httpx.Client(timeout=5) as client:
            self.until(serves, "the API serves")

    def rest(self) -> None:
        """Return when nothing is left to do: every consumer at the end, every due effect settled, all signed."""
        self.until(self._at_the_end, "every consumer at the end")
        if "clock" in self._started:
            self.until(self._settled, "every due effect settled, and every consumer at the end")
            self.until(lambda: self.look(_UNSIGNED)[0][0] == 0, "everything signed")

    def _at_the_end(self) -> bool:
        whole = any(name.startswith("projector") and not given for name, (_, given) in self._started.items())
        if whole and self.look(_LIVE)[0][0] < len(READ_MODELS):
            return False  # it has not come up yet
        return self.look(_BEHIND, "merkle_access", "merkle_access") == [(0,)]

    def _settled(self) -> bool:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(_LOST, (LOST_SECONDS,))
        return self.look(_UNSETTLED) == [(0,)] and self._at_the_end()

    def until(self, holds: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Return when ``holds()``. Raises TimeoutError; a server that is away is asked again."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            with suppress(psycopg.OperationalError):
                if holds():
                    return
            time.sleep(POLL)
        words = "\n".join(f"{name} died: {self.last_words(name)}" for name in self.dead())
        raise TimeoutError(f"waited {patience:.0f} s in vain until {what}\n{words}")


@contextmanager
def open_rig(
    processes: Sequence[str] = EVERYTHING, proxied: Sequence[str] = (), on: Path | None = None, **more: Any
) -> Iterator[Rig]:
    """Start servers and processes in a state directory of their own (``on`` another disk), with ``more`` settings;
    ``proxied`` are those who reach the database by way of the proxy. At the end everything is gone."""
    state = _fresh_state(on or Path(tempfile.gettempdir()))
    chosen = Settings(state=state, database_url=None, redis_url=None, logins_file=None, http_port=free_port(0), **more)
    try:
        running = servers.ensure(chosen)
        logins.bring_up(chosen, running.database_url)
        variables = environment(chosen) | QUICKLY
        with Proxy(running.database_url) as proxy, Family(state, variables) as family:
            rig = Rig(chosen, family, running.database_url, running.redis_url, proxy)
            for name in processes:
                rig.start(name, proxied=name in proxied)
            if "api" in processes:
                rig.await_api()
            try:
                yield rig
            finally:
                for child in family.children.values():  # whoever was stopped would not hear that it is to end
                    with suppress(ProcessLookupError):
                        child.send_signal(signal.SIGCONT)
    finally:
        _remove(state)


def _fresh_state(parent: Path) -> Path:
    """Make a directory for this process; end and remove what processes that were killed have left."""
    for left in parent.glob(f"{PREFIX}*"):
        pid = left.name.removeprefix(PREFIX).split("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            end_recorded(left)
            _remove(left)
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))


def _remove(state: Path) -> None:
    servers.stop(Settings(state=state, database_url=None, redis_url=None))
    shutil.rmtree(state, ignore_errors=True)
