"""The running house: servers, schema, four processes; people who ask it, and commands that are run beside it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import psycopg

from adapters import logins
from adapters.authorities import authorities
from adapters.bootstrap import guarded
from adapters.embedded import servers
from adapters.postgres.roles import Role
from adapters.postgres.tenancy import enter
from adapters.processes import LOGINS
from adapters.settings import ROOT, Settings
from projections.catalogue import READ_MODELS
from scripts.demonstration.ground import environment
from scripts.demonstration.people import Person, eventually
from scripts.processes import Family, Stopped
from scripts.terminal import OK, busy, err

PROCESSES = ("projector", "worker", "clock", "api")
PATIENCE = 60.0
POLL = 0.05
COUNTS: dict[str, bytes] = {
    "events": b"SELECT count(*) FROM event_store.events WHERE tenant_id = %s",
    "streams": b"SELECT count(DISTINCT stream_id) FROM event_store.events WHERE tenant_id = %s",
    "appointments": b"SELECT count(*) FROM read.appointment WHERE tenant_id = %s",
    "effects": b"SELECT count(*) FROM effects.effects WHERE tenant_id = %s AND state = 'done'",
}
ABOUT = b"SELECT count(*) FROM event_store.events WHERE tenant_id = %s AND subject_id = %s"


class NotReady(Exception):
    """The house did not come up."""


class CommandFailed(Exception):
    """A command ended with another exit code than it should."""


class Interrupted(KeyboardInterrupt):
    """Somebody pressed Ctrl-C, or told us to end."""


class Signals(Stopped):
    """Ctrl-C and SIGTERM: only noted while the house starts and stops, an exception while the story is told."""

    def __init__(self) -> None:
        self._raising = False
        super().__init__()

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Raise Interrupted in this block as soon as somebody asks for the end."""
        if self.asked:
            raise Interrupted
        self._raising = True
        try:
            yield
        finally:
            self._raising = False

    def _ask(self, number: int, frame: object) -> None:
        super()._ask(number, frame)
        if self._raising:
            self._raising = False
            raise Interrupted(signal.Signals(number).name)


class Run(NamedTuple):
    """A house that runs: how the application reaches its database, and its processes."""

    database_url: str
    variables: Mapping[str, str]
    started: tuple[str, ...]
    family: Family


class House:
    """One clinic (tenant) in it; ``login``: how its administrator signs in; ``took``: seconds until it was ready.

    Made by :func:`open_house`.
    """

    def __init__(self, chosen: Settings, run: Run) -> None:
        self.settings = chosen
        self.url = f"http://{chosen.http_host}:{chosen.http_port}"
        self.clinic = UUID(int=0)  # until it has begun
        self.login: dict[str, str] = {}
        self.run = run
        self.took = 0.0
        self._people: list[Person] = []

    def someone(self, name: str) -> Person:
        """Return somebody at the door, who has no account yet."""
        self._people.append(Person(self.url, name))
        return self._people[-1]

    def mail(self, template: str, people: Iterable[Person]) -> dict[str, str]:
        """Wait for the notices of a kind to people; return by address the code, or the link, that each holds."""
        wanted = {person.email for person in people}

        def codes() -> dict[str, str]:
            notices = json.loads(self.caretrail("notices", "--open", "--last", "1000", "--json"))
            return {notice["for"]["to"]: notice["for"]["code"] for notice in notices if notice["template"] == template}

        return eventually(codes, lambda found: wanted <= found.keys(), f"the notices “{template}”")

    def caretrail(self, *arguments: str, expect: int = OK) -> str:
        """Run a command of ours beside the running processes; return what it prints. Raises CommandFailed."""
        with err.status(f"caretrail {arguments[0]}") if err.is_terminal else nullcontext():
            done = subprocess.run(
                [sys.executable, "-m", "scripts.cli", *arguments],
                cwd=ROOT,
                env=os.environ | self.run.variables,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode != expect or "Traceback" in done.stderr:
            last = done.stderr.strip().splitlines()[-1:]
            raise CommandFailed(f"caretrail {arguments[0]} ended with {done.returncode}: {''.join(last)}")
        return done.stdout

    def facts_of(self, *arguments: str, expect: int = OK) -> dict[str, Any]:
        """Run a command with --json and return its figures."""
        facts: dict[str, Any] = json.loads(self.caretrail(*arguments, "--json", expect=expect))
        return facts

    def figures(self) -> dict[str, int]:
        """Count, straight from the tables, what the clinic has come to."""
        with psycopg.connect(guarded(self.run.database_url)) as connection:
            enter(connection, self.clinic)
            return {name: int(_one(connection, query, self.clinic)) for name, query in COUNTS.items()}

    def events_about(self, person_id: UUID) -> int:
        """Count the events about one person, straight from the store."""
        with psycopg.connect(guarded(self.run.database_url)) as connection:
            enter(connection, self.clinic)
            return int(_one(connection, ABOUT, self.clinic, person_id))

    def errors_logged(self) -> list[str]:
        """Return the lines of the processes' logs that call for somebody."""
        logs = [self.run.family.log(name) for name in PROCESSES]
        lines = [line for log in logs for line in log.read_text(errors="replace").splitlines()]
        return [line for line in lines if '"level": "error"' in line or line.startswith("Traceback")]

    def close(self) -> None:
        """End every connection."""
        for person in self._people:
            person.close()


@contextmanager
def open_house(chosen: Settings, signals: Signals) -> Iterator[House]:
    """Start everything, and end it by pid, last started first, however the block ends.

    Raises ServerFailed, NotReady with the last words of a process that died, Interrupted.
    """
    started = time.perf_counter()
    with busy("starting the servers"):
        running = servers.ensure(chosen)
    variables = environment(chosen) | running.environment()
    with Family(chosen.state, variables) as family:
        house = House(chosen, Run(logins.url_for(chosen, Role.APP), variables, running.started, family))
        try:
            with busy(f"starting {', '.join(PROCESSES)}"):
                logins.bring_up(chosen, running.database_url)
                for name in PROCESSES:
                    family.start(name, environment=logins.environment(chosen, running.database_url, LOGINS[name]))
                _await_ready(house, signals)
            house.took = time.perf_counter() - started
            yield house
        finally:
            house.close()


def _await_ready(house: House, signals: Signals) -> None:
    until = time.monotonic() + PATIENCE
    while not consumers(house).keys() >= READ_MODELS.keys():
        if signals:
            raise Interrupted
        if died := house.run.family.dead():
            raise NotReady("\n".join(f"{name} died: {house.run.family.last_words(name)}" for name in died))
        if time.monotonic() > until:
            raise NotReady(f"The house is not ready after {PATIENCE:.0f} s; its logs: {house.settings.state / 'logs'}")
        time.sleep(POLL)


def consumers(house: House) -> dict[str, dict[str, int]]:
    """Return the lag of every consumer, {} when the house is not ready."""
    try:
        answer = httpx.get(f"{house.url}/ready", timeout=5, verify=authorities())
    except httpx.TransportError:
        return {}
    found: dict[str, dict[str, int]] = answer.json()["data"]["consumers"] if answer.is_success else {}
    return found


def _one(connection: psycopg.Connection[Any], query: bytes, *parameters: object) -> int:
    row = connection.execute(query, parameters).fetchone()
    return int(row[0]) if row else 0
