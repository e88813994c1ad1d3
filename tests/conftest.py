"""Real servers for the tests: one PostgreSQL and one Valkey per run, one fresh database per test that asks for it."""

import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest
import redis
import structlog
from hypothesis import HealthCheck, settings

from adapters.embedded.databases import Databases
from adapters.embedded.servers import Servers, serving, stop
from adapters.logins import Role, bring_up, logins, url_for
from adapters.postgres.roles import drop_logins
from adapters.settings import Settings

if TYPE_CHECKING:
    from tests.api.house import Ground

PREFIX = "caretrail-tests-"
#: Folders whose files take longest: they come first, so that no process is left alone with one of them at the end.
FIRST = ("chaos", "e2e", "policy", "contract", "contracts", "tenancy", "privacy", "properties")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--long``."""
    parser.addoption("--long", action="store_true", help="also run the tests that take minutes")


def pytest_configure(config: pytest.Config) -> None:
    """End in order when told to: the default of SIGTERM would leave the servers behind. How long hypothesis takes to
    make an example says how busy the machine is, and nothing of us."""
    # Everything is logged, in the plainest form: rendered for people it would take an eighth of the run.
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, structlog.processors.KeyValueRenderer()])
    settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("busy")

    def interrupted(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupted)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest; leave out the long tests unless they are asked for."""
    items.sort(key=lambda item: item.path.parent.name not in FIRST)
    if config.getoption("--long"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is there by now stays till the end: looking through it again and again for what nobody holds would take a
    tenth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def _sweep(parent: Path) -> None:
    """Stop and remove what a run that was killed outright has left."""
    for left in parent.glob(f"{PREFIX}*"):
        pid = left.name.removeprefix(PREFIX).split("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            stop(Settings(state=left, database_url=None, redis_url=None))
            shutil.rmtree(left, ignore_errors=True)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """A PostgreSQL and a Valkey: those of DATABASE_URL and REDIS_URL, else embedded ones that end with the run."""
    parent = Path(tempfile.gettempdir())
    _sweep(parent)
    state = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))
    try:
        # One installation's logins for every database and every process of the run.
        os.environ["CARETRAIL_LOGINS_FILE"] = str(state / "logins.json")
        with serving(Settings(state=state)) as running:
            yield running
            with psycopg.connect(running.database_url, autocommit=True) as connection:
                drop_logins(connection, [login.name for login in logins(Settings())])
    finally:
        shutil.rmtree(state, ignore_errors=True)


@pytest.fixture(scope="session")
def databases(servers: Servers) -> Iterator[Databases]:
    """Makes databases: migrated copies of a template, or empty ones."""
    made = Databases(servers.database_url, partial(bring_up, Settings()), [login.name for login in logins(Settings())])
    yield made
    made.close()


@pytest.fixture(scope="session")
def prepared_databases(servers: Servers) -> Iterator[Databases]:
    """Makes databases that also have the first generation of every read model: what a running house begins with."""
    from adapters.bootstrap import open_runner

    def prepare(url: str) -> None:
        bring_up(Settings(), url)
        with open_runner(url_for(Settings(database_url=url), Role.PROJECTOR)):
            pass

    made = Databases(servers.database_url, prepare, [login.name for login in logins(Settings())])
    yield made
    made.close()


@pytest.fixture(scope="module")
def ground(prepared_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Ground"]:
    """What the houses of one module stand on; each test is a tenant of its own."""
    from tests.api.house import prepare_ground

    url = prepared_databases.fresh()
    yield prepare_ground(url, tmp_path_factory.mktemp("state"))
    prepared_databases.drop(url)


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """A fresh migrated database for one test."""
    url = databases.fresh()
    yield url
    databases.drop(url)


@pytest.fixture(scope="module")
def module_database_url(databases: Databases) -> Iterator[str]:
    """A fresh migrated database shared by the tests of one module."""
    url = databases.fresh()
    yield url
    databases.drop(url)


@pytest.fixture
def empty_database_url(databases: Databases) -> Iterator[str]:
    """A database without our schema, for one test."""
    url = databases.empty()
    yield url
    databases.drop(url)


@pytest.fixture
def redis_url(servers: Servers) -> Iterator[str]:
    """An empty logical database for one test, emptied again after it. One that holds anything is never touched."""
    for number in range(15, 0, -1):
        url = f"{servers.redis_url.rpartition('/')[0]}/{number}"
        client = redis.Redis.from_url(url, protocol=2)
        try:
            if client.dbsize() == 0:
                yield url
                client.flushdb()
                return
        finally:
            client.close()
    pytest.fail("every logical database of REDIS_URL holds something: give the tests a server of their own")
