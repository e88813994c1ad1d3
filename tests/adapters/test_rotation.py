"""Tenants' keys rotate under full load, whatever is killed meanwhile; and copies made before are worthless."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7

from adapters.embedded.databases import Databases
from adapters.postgres.rotation import GRACE, Rotation, Turn
from adapters.vault.alarms import UnknownKey
from adapters.vault.root_key import RootKeyFile
from application.ports.key_management import WrongRootKey
from domain.kernel.event import Erased, Retention
from tests.adapters.sample import OTHER_TENANT, TENANT, Noted, Opened, commit, opened

WEEK = timedelta(days=7)
VAULT_TABLES = ("tenant_keys", "data_keys")


@contextmanager
def rotation(url: str, folder: Path, batch: int = 500, grace: timedelta = timedelta(0)) -> Iterator[Rotation]:
    """A rotation whose root keys end as soon as nothing needs them, or after a ``grace``."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield Rotation(connection, RootKeyFile(folder / "root.key", grace=grace), batch)


async def note(its: Opened, person: UUID | None = None) -> UUID:
    """Record a note about a person; return its stream."""
    stream = uuid7()
    await its.store.append(commit(stream, Noted(person_id=person or uuid7(), note="private")))
    return stream


async def unreadable(its: Opened, streams: list[UUID]) -> int:
    """Return how many of the notes cannot be read as they were written."""
    found = [(await its.streams.read(TENANT, stream, opened=True))[0].event for stream in streams]
    return sum(not isinstance(event, Noted) or event.note != "private" for event in found)


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


class TestRotatedTenant:
    async def test_keeps_every_note_readable_also_where_the_old_key_is_in_memory(
        self, database_url: str, tmp_path: Path
    ) -> None:
        async with opened(database_url, tmp_path) as its:
            streams = [await note(its) for _ in range(5)]
            before = rows(database_url, "SELECT * FROM event_store.events ORDER BY position")
            with rotation(database_url, tmp_path, batch=2) as rotating:
                turn = await asyncio.to_thread(rotating.rotate, TENANT)
            assert turn == Turn(data_keys=5, epochs=1)
            assert rows(database_url, "SELECT * FROM event_store.events ORDER BY position") == before
            its.vault.forget()
            assert await unreadable(its, streams) == 0
            streams.append(await note(its))
        async with opened(database_url, tmp_path) as fresh:
            assert await unreadable(fresh, streams) == 0
        epochs = "SELECT epoch, wrapped IS NULL FROM vault.tenant_keys ORDER BY epoch"
        assert rows(database_url, epochs) == [(1, True), (2, False)]
        assert rows(database_url, "SELECT DISTINCT epoch FROM vault.data_keys") == [(2,)]

    async def test_leaves_destroyed_keys_destroyed_and_other_tenants_alone(
        self, database_url: str, tmp_path: Path
    ) -> None:
        person = uuid7()
        async with opened(database_url, tmp_path) as its:
            stream = await note(its, person)
            await its.keys.obtain(its.key_pool, [(OTHER_TENANT, person, Retention.CLINICAL)])
            await its.keys.destroy(its.key_pool, TENANT, person)
            with rotation(database_url, tmp_path) as rotating:
                await asyncio.to_thread(rotating.rotate, TENANT)
            its.vault.forget()
            (read,) = await its.streams.read(TENANT, stream, opened=True)
            assert read.event == Noted(person_id=person, note=Erased())
        assert rows(database_url, f"SELECT epoch FROM vault.data_keys WHERE tenant_id = '{OTHER_TENANT}'") == [(1,)]

    async def test_goes_on_where_a_killed_rotation_stood(self, database_url: str, tmp_path: Path) -> None:
        async with opened(database_url, tmp_path) as its:
            streams = [await note(its) for _ in range(7)]
            for _ in range(3):
                with rotation(database_url, tmp_path, batch=2) as killed:
                    assert killed.turn(TENANT) == Turn(data_keys=2)
                its.vault.forget()
                assert await unreadable(its, streams) == 0
            with rotation(database_url, tmp_path, batch=2) as rotating:
                assert rotating.due(datetime.now(UTC) - WEEK) == [TENANT]
                assert rotating.rotate(TENANT) == Turn(data_keys=1, epochs=1)
                assert rotating.due(datetime.now(UTC) - WEEK) == []
            its.vault.forget()
            assert await unreadable(its, streams) == 0

    async def test_loses_nothing_that_eight_seal_meanwhile(self, database_url: str, tmp_path: Path) -> None:
        enough = threading.Event()

        def rotate_all_the_time() -> int:
            # A root key must outlive the moment between the reading of a row and its opening.
            with rotation(database_url, tmp_path, batch=20, grace=timedelta(minutes=1)) as rotating:
                epochs = 0
                while not enough.is_set():
                    epochs += rotating.rotate(TENANT).epochs + rotating.rotate_root().root_keys
                return epochs

        async def sealer(number: int) -> list[UUID]:
            async with opened(database_url, tmp_path, flights=1) as its:
                return [await note(its) for _ in range(25)]

        rotating = asyncio.create_task(asyncio.to_thread(rotate_all_the_time))
        try:
            written = [stream for streams in await asyncio.gather(*map(sealer, range(8))) for stream in streams]
        finally:
            enough.set()
        assert await rotating > 2
        async with opened(database_url, tmp_path) as fresh:
            assert await unreadable(fresh, written) == 0


class TestRacingForAKey:
    async def test_all_get_the_same(self, database_url: str, tmp_path: Path) -> None:
        owners = [(TENANT, uuid7(), Retention.CLINICAL) for _ in range(20)]

        async def ask(number: int) -> list[UUID]:
            async with opened(database_url, tmp_path, flights=1) as its:
                await its.keys.obtain(its.key_pool, owners[number % 2 :] if number % 3 else list(reversed(owners)))
                await its.keys.obtain(its.key_pool, owners)
                return [its.vault.key_for(*owner).key_id for owner in owners]

        answers = await asyncio.gather(*map(ask, range(8)))
        assert all(answer == answers[0] for answer in answers)
        assert len(set(answers[0])) == len(owners)


class TestCopyMadeBefore:
    async def test_of_the_whole_vault_opens_nothing_once_the_root_key_is_renewed(
        self, database_url: str, databases: Databases, tmp_path: Path
    ) -> None:
        async with opened(database_url, tmp_path) as its:
            stream = await note(its)
        restored = databases.fresh()
        _copy(database_url, restored, *(f"vault.{table}" for table in VAULT_TABLES), "event_store.events")
        async with opened(restored, tmp_path) as stolen:
            assert await unreadable(stolen, [stream]) == 0
        with rotation(database_url, tmp_path) as rotating:
            assert rotating.rotate_root() == Turn(tenant_keys=1, root_keys=1)
        async with opened(restored, tmp_path) as stolen:
            with pytest.raises(WrongRootKey):
                await stolen.streams.read(TENANT, stream, opened=True)
        async with opened(database_url, tmp_path) as its:
            assert await unreadable(its, [stream]) == 0
        databases.drop(restored)

    async def test_of_the_data_keys_opens_nothing_once_the_epoch_is_retired(
        self, database_url: str, databases: Databases, tmp_path: Path
    ) -> None:
        async with opened(database_url, tmp_path) as its:
            stream = await note(its)
        restored = databases.fresh()
        with rotation(database_url, tmp_path) as rotating:
            copied = rows(database_url, "SELECT key_id, epoch, wrapped FROM vault.data_keys")
            rotating.rotate(TENANT)
        _copy(database_url, restored, *(f"vault.{table}" for table in VAULT_TABLES), "event_store.events")
        with psycopg.connect(restored, autocommit=True) as connection:
            for key_id, epoch, wrapped in copied:
                connection.execute("UPDATE vault.data_keys SET epoch = %s, wrapped = %s WHERE key_id = %s",
                                   (epoch, wrapped, key_id))  # fmt: skip
        async with opened(restored, tmp_path) as stolen:
            with pytest.raises(UnknownKey):
                await stolen.streams.read(TENANT, stream, opened=True)
        databases.drop(restored)


class TestBeat:
    async def test_does_nothing_until_a_period_is_over_and_then_all_of_it(
        self, database_url: str, tmp_path: Path
    ) -> None:
        async with opened(database_url, tmp_path) as its:
            stream = await note(its)
            with rotation(database_url, tmp_path) as rotating:
                now = datetime.now(UTC)
                assert rotating.beat(WEEK, now + WEEK - timedelta(hours=1)) == Turn()
                assert rotating.beat(WEEK, now + WEEK) == Turn(tenant_keys=1, root_keys=1, data_keys=1)
                assert rotating.beat(WEEK, now) == Turn(epochs=1)
                assert rotating.beat(WEEK, now) == Turn()
            its.vault.forget()
            assert await unreadable(its, [stream]) == 0

    async def test_ends_what_is_copied_now_before_the_time_it_promises(self, database_url: str, tmp_path: Path) -> None:
        async with opened(database_url, tmp_path) as its:
            await note(its)
            with rotation(database_url, tmp_path) as rotating:
                promised = rotating.promised_by(TENANT, WEEK)
                assert promised == await its.keys.promised_by(its.key_pool, TENANT, WEEK)
                assert datetime.now(UTC) + WEEK < promised <= datetime.now(UTC) + WEEK + GRACE
                late = promised - GRACE / 2
                done = rotating.beat(WEEK, late).plus(rotating.beat(WEEK, late))
                assert done.epochs == 1
                assert done.root_keys > 0

    def test_is_one_at_a_time(self, database_url: str, tmp_path: Path) -> None:
        with rotation(database_url, tmp_path) as one, rotation(database_url, tmp_path) as two:
            with one.alone() as first, two.alone() as second:
                assert (first, second) == (True, False)
            with two.alone() as third:
                assert third is True


class TestUnknownKey:
    async def test_stops_the_reader_and_wakes_someone(self, database_url: str, tmp_path: Path) -> None:
        def count() -> float | None:
            return REGISTRY.get_sample_value("caretrail_unknown_keys_total")

        async with opened(database_url, tmp_path) as its:
            before = count()
            with capture_logs() as logs, pytest.raises(UnknownKey):
                await its.keys.fetch(its.key_pool, TENANT, [uuid7(), uuid7()])
            assert [(entry["event"], entry["log_level"]) for entry in logs] == [("vault.key.unknown", "error")]
            assert count() == (before or 0) + 2


def _copy(source: str, target: str, *tables: str) -> None:
    """Copy tables whole, as a dump would."""
    with psycopg.connect(source) as one, psycopg.connect(target) as two:
        for table in tables:
            with one.cursor().copy(f"COPY {table} TO STDOUT (FORMAT binary)".encode()) as out:
                data = b"".join(bytes(block) for block in out)
            with two.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)".encode()) as into:
                into.write(data)
