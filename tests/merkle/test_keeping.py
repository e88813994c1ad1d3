"""The processes together: what is recorded is in a signed note outside within seconds, and a forgotten person's proof
stays whole."""

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.bootstrap import open_access_runner, open_runner
from adapters.jobs.clock import Clock
from adapters.logins import Role, url_for
from adapters.merkle.anchors import Anchors
from adapters.merkle.keeping import checkpointer, handing_out
from adapters.merkle.signing import SignerFile
from adapters.merkle.verify import Verification
from adapters.postgres.tenancy import every_tenant
from adapters.settings import Settings
from tests.adapters.sample import TENANT, Counted, Noted, commit, opened
from tests.adapters.test_jobs import wait_until


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(state=tmp_path, database_url=database_url, checkpoint_seconds=0.1)


def record(settings: Settings) -> None:
    """Append a counted thing and a note about a person through the real store."""

    async def run() -> None:
        assert settings.database_url
        async with opened(settings.database_url, settings.state) as its:
            await its.store.append(commit(uuid7(), Counted(amount=1)))
            await its.store.append(commit(uuid7(), Noted(person_id=uuid7(), note="private")))

    asyncio.run(run())


def verified(settings: Settings) -> Any:
    key = SignerFile(settings.signer_key_path).public_key
    url = every_tenant(url_for(settings, Role.AUDITOR))
    with psycopg.connect(url, autocommit=True) as one, psycopg.connect(url, autocommit=True) as two:
        return Verification(one, two, key, Anchors(settings.anchors_directory)).run()


class TestTheClock:
    def test_signs_and_hands_out_what_the_projector_has_grown(self, settings: Settings) -> None:
        record(settings)
        url, stop = url_for(settings, Role.PROJECTOR), threading.Event()
        with open_runner(url) as runner, open_access_runner(url) as accesses:
            assert runner.drain() >= 2
            accesses.drain()
        notes = Anchors(settings.anchors_directory)
        with psycopg.connect(url, autocommit=True) as connection, handing_out(settings, url, stop):
            clock = Clock(connection, lambda sent: None, [checkpointer(settings, connection).tick])
            ticking = threading.Thread(target=clock.run, args=(threading.Event(), stop))
            ticking.start()
            wait_until(lambda: len(list(notes.notes("events", TENANT))) == 1)
            stop.set()
            ticking.join()
        report = verified(settings)
        assert report.clean
        assert {(log.kind, log.rows, log.tail) for log in report.logs if log.kind != "top"} == {("events", 2, 0)}

    def test_goes_on_when_a_duty_fails(self, settings: Settings) -> None:
        done: list[datetime] = []

        def fail(now: datetime) -> None:
            raise RuntimeError

        stop = threading.Event()

        def succeed(now: datetime) -> None:
            done.append(now)
            stop.set()

        with psycopg.connect(str(settings.database_url), autocommit=True) as connection:
            Clock(connection, lambda sent: None, [fail, succeed]).run(threading.Event(), stop)
        assert len(done) == 1

    def test_that_does_not_lead_signs_nothing(self, settings: Settings) -> None:
        url, stop = str(settings.database_url), threading.Event()
        ticks: list[datetime] = []
        with psycopg.connect(url, autocommit=True) as one, psycopg.connect(url, autocommit=True) as two:
            assert Clock(one, lambda sent: None).tick(datetime.now(UTC)) is not None
            second = Clock(two, lambda sent: None, [ticks.append])
            running = threading.Thread(target=second.run, args=(threading.Event(), stop))
            running.start()
            stop.wait(0.5)
            stop.set()
            running.join()
        assert ticks == []


class TestErasure:
    @pytest.mark.requirement("R108")
    def test_of_a_persons_key_leaves_every_proof_valid(self, settings: Settings) -> None:
        record(settings)
        url = url_for(settings, Role.PROJECTOR)
        with open_runner(url) as runner:
            runner.drain()
        with psycopg.connect(url, autocommit=True) as connection:
            checkpointer(settings, connection).sign(datetime.now(UTC))
            stop = threading.Event()
            with handing_out(settings, url, stop):
                notes = Anchors(settings.anchors_directory)
                wait_until(lambda: len(list(notes.notes("events", TENANT))) == 1)
        with psycopg.connect(str(settings.database_url), autocommit=True) as owner:
            erased = owner.execute(
                "UPDATE vault.data_keys SET wrapped = NULL, destroyed_at = now() WHERE subject_id <> tenant_id"
            )
            assert erased.rowcount == 1
        assert verified(settings).clean
