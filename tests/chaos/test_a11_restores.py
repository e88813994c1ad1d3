"""A11: the database is brought back from a dump and from a base backup, both older than the notes outside."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.bootstrap import index_keys, open_runner, open_services
from adapters.logins import Role, url_for
from adapters.merkle.anchors import Anchors
from adapters.merkle.behind import RestoredBehind
from adapters.postgres.tenancy import every_tenant
from adapters.runners import open_access_runner
from adapters.settings import Settings
from adapters.verifying import run
from tests.chaos import figures
from tests.chaos.invariants import Scene, findings, read_models_equal
from tests.chaos.load import Load
from tests.chaos.restores import backup_restored, base_backup, dump, dump_restored
from tests.chaos.rig import Rig, open_rig

RATE = 100
SOME = ("appointment", "daily_schedule", "free_times", "fact_appointments")
#: What ends a process that must not serve.
UNUSABLE = 2
_AHEAD = """UPDATE consumers.bookmarks b SET position = position + 20 FROM consumers.generations g
    WHERE (g.consumer, g.generation, g.state) = (b.consumer, b.generation, 'live') AND b.consumer = 'appointment'"""


def go_on(settings: Settings) -> None:
    """Let every consumer go on where it stood."""
    url = url_for(settings, Role.PROJECTOR)
    with open_runner(url, keys=index_keys(settings)) as runner:
        runner.retry_parked()
        runner.drain()
    with open_access_runner(url) as runner:
        runner.drain()


def free_leases(url: str) -> None:
    """The leases of those who served what was copied run out; nobody has to wait for that here."""
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE consumers.bookmarks SET lease = NULL, lease_until = NULL")


def unserved(rig: Rig, settings: Settings, url: str) -> list[str]:
    """Return who serves or signs although the database is behind the notes outside."""

    async def serve() -> None:
        await (await open_services(settings, 2)).close()

    found = []
    try:
        asyncio.run(serve())
        found.append("it is served")
    except RestoredBehind:
        pass
    clock = f"clock-{uuid7()}"
    rig.start(clock, url=url)
    if rig.wait(clock) != UNUSABLE:
        found.append("it is signed")
    return found


def resumed(rig: Rig, url: str, folder: Path, commands: int, names: tuple[str, ...]) -> list[str]:
    """Hold a restored database against what must hold: it refuses, is told, goes on, and has skipped nothing."""
    settings = rig.settings.model_copy(update={"database_url": url})
    free_leases(url)
    found = unserved(rig, settings, url)
    told = settings.model_copy(update={"anchors": folder})
    load = Load(told, rig.tenant)
    go_on(told)
    load.times(commands)
    go_on(told)
    scene = Scene(told, url)
    found += findings(scene, ("I2", "I3", "I4", "I7", "I9")) + read_models_equal(scene, names)
    with psycopg.connect(every_tenant(url_for(told, Role.AUDITOR)), autocommit=True) as connection:
        report = run(told, connection, None, Anchors(rig.settings.anchors_directory), None, None, lambda done, of: None)
    return found if not report.clean else [*found, "the notes outside do not convict it"]


def note_outside(rig: Rig) -> None:
    """Return when everything is signed and the newest note lies outside."""
    rig.rest()
    rig.until(
        lambda: rig.look("SELECT count(*) FROM merkle.deliveries WHERE anchor = 'folder'") == [(0,)], "handed out"
    )


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with open_rig(processes=("projector-1", "worker", "clock")) as made:
        yield made


class TestRestore:
    """Attack: while commands go on the database is dumped, and its server copied; then more is done, and signed notes
    of it go outside. Then each copy is brought back.

    Withstood when neither is served or signed until it is told to go on (by a new folder for notes), and then every
    consumer goes on without skipping or doubling an event; the old notes still convict it of what is lost.
    Control: bookmarks that come from a later moment than the log they point into.
    """

    def test_goes_on_without_a_skip_and_only_when_told(self, rig: Rig, tmp_path: Path) -> None:
        self.withstood(rig, tmp_path, rounds=1, commands=150, names=SOME[:2])

    @pytest.mark.long
    def test_goes_on_ten_times(self, rig: Rig, tmp_path: Path) -> None:
        self.withstood(rig, tmp_path, rounds=10, commands=2_000, names=SOME, long=True)

    def test_with_bookmarks_of_a_later_moment_is_seen(self, rig: Rig, tmp_path: Path) -> None:
        Load(rig.settings, rig.tenant).times(30)
        note_outside(rig)
        file = dump(rig.url, tmp_path / "dump")
        with dump_restored(rig.settings, rig.url, file, "ahead") as url:
            told = rig.settings.model_copy(update={"database_url": url, "anchors": tmp_path / "notes"})
            free_leases(url)
            with psycopg.connect(url) as connection:
                connection.execute(_AHEAD)
            Load(told, rig.tenant).times(40)
            go_on(told)
            scene = Scene(told, url)
            assert [found for found in findings(scene, ("I4",)) if "appointment" in found]
            assert read_models_equal(scene, ("appointment",)) != []

    def withstood(
        self, rig: Rig, folder: Path, rounds: int, commands: int, names: tuple[str, ...], *, long: bool = False
    ) -> None:
        found: list[str] = []
        load = Load(rig.settings, rig.tenant)
        for number in range(rounds):
            home = rig.settings.state / f"copy-{number}"
            with load.at(RATE):
                file = dump(rig.url, folder / f"dump-{number}")
                copy = base_backup(rig.postgres, home)
                time.sleep(0.5)
            note_outside(rig)
            with ExitStack() as stack:
                dumped = stack.enter_context(dump_restored(rig.settings, rig.url, file, f"dumped_{number}"))
                backed_up = stack.enter_context(backup_restored(rig.settings, copy))
                for kind, url in (("dump", dumped), ("backup", backed_up)):
                    notes = folder / f"notes-{kind}-{number}"
                    found += [f"{kind}: {one}" for one in resumed(rig, url, notes, commands, names)]
        figures.record("A11", reached=not found, long=long, restores=2 * rounds, commands=load.done,
                       findings=len(found))  # fmt: skip
        assert found == []
