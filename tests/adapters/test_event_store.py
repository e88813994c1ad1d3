"""The store appends all or nothing, names every refusal, and never lies about what became of a command."""

import asyncio
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.postgres.feed import PostgresFeed
from adapters.review.review import Review
from application.kernel.session import Session
from application.ports.event_store import (
    CommandKeyReused,
    CommandRepeated,
    KeyTaken,
    StreamAppend,
    UndecodableData,
    UnknownTopic,
    VersionConflict,
    VersionMismatch,
)
from application.ports.history import Scope
from domain.kernel.errors import NotFound
from domain.kernel.event import DomainEvent, Unopened
from domain.kernel.unique import UniqueKey
from tests.adapters.sample import OTHER_TENANT, TENANT, Counted, Noted, Thing, commit, context, opened

SLOT = UniqueKey("slot", '9 o\'clock "sharp"')


def rows(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        tables = ("events", "unique_keys", "commands")
        return {t: connection.execute(f"SELECT count(*) FROM event_store.{t}".encode()).fetchone()[0] for t in tables}  # type: ignore[index]


class TestAppend:
    async def test_keeps_events_keys_and_command_of_several_streams_together(
        self, database_url: str, tmp_path: Path
    ) -> None:
        first, second = uuid7(), uuid7()
        async with opened(database_url, tmp_path) as its:
            both = commit(first, Counted(amount=1), Counted(amount=2), take=[SLOT])
            streams = [*both.streams, StreamAppend(second, 0, [Counted(amount=5)])]
            position = await its.store.append(both._replace(streams=streams))
            assert position == 3
            assert (await its.store.load(Thing, TENANT, first)).total == 3
            assert (await its.store.load(Thing, TENANT, second)).total == 5
            assert await its.store.holders(TENANT, [SLOT, UniqueKey("slot", "free")]) == {SLOT: first}
            assert await its.store.existing(TENANT, [first, second, uuid7()]) == {first, second}
        assert rows(database_url) == {"events": 3, "unique_keys": 1, "commands": 1}

    async def test_refuses_a_version_somebody_else_has_written(self, database_url: str, tmp_path: Path) -> None:
        stream = uuid7()
        async with opened(database_url, tmp_path) as its:
            await its.store.append(commit(stream, Counted(amount=1)))
            before = rows(database_url)
            with pytest.raises(VersionConflict):
                await its.store.append(commit(stream, Counted(amount=2), take=[SLOT]))
        assert rows(database_url) == before

    async def test_refuses_an_append_that_would_leave_a_gap(self, database_url: str, tmp_path: Path) -> None:
        async with opened(database_url, tmp_path) as its:
            with pytest.raises(VersionConflict):
                await its.store.append(commit(uuid7(), Counted(amount=2), version=4))
        assert rows(database_url) == {"events": 0, "unique_keys": 0, "commands": 0}

    async def test_refuses_a_key_another_stream_holds_and_gives_it_once_released(
        self, database_url: str, tmp_path: Path
    ) -> None:
        holder, wanting = uuid7(), uuid7()
        async with opened(database_url, tmp_path) as its:
            await its.store.append(commit(holder, Counted(amount=1), take=[SLOT]))
            with pytest.raises(KeyTaken) as taken:
                await its.store.append(commit(wanting, Counted(amount=1), take=[SLOT]))
            assert taken.value.details == {"scope": SLOT.scope, "key": SLOT.key}
            assert rows(database_url) == {"events": 1, "unique_keys": 1, "commands": 1}
            await its.store.append(commit(holder, Counted(amount=1), version=1, release=[SLOT]))
            await its.store.append(commit(wanting, Counted(amount=1), take=[SLOT]))
            assert await its.store.holders(TENANT, [SLOT]) == {SLOT: wanting}

    async def test_lets_another_tenant_hold_the_same_key(self, database_url: str, tmp_path: Path) -> None:
        async with opened(database_url, tmp_path) as its:
            await its.store.append(commit(uuid7(), Counted(amount=1), take=[SLOT]))
            elsewhere = context(tenant=OTHER_TENANT)
            await its.store.append(commit(uuid7(), Counted(amount=1), take=[SLOT], on=elsewhere))
        assert rows(database_url)["unique_keys"] == 2

    async def test_releases_only_what_the_stream_itself_holds(self, database_url: str, tmp_path: Path) -> None:
        holder = uuid7()
        async with opened(database_url, tmp_path) as its:
            await its.store.append(commit(holder, Counted(amount=1), take=[SLOT]))
            await its.store.append(commit(uuid7(), Counted(amount=1), release=[SLOT]))
            assert await its.store.holders(TENANT, [SLOT]) == {SLOT: holder}

    async def test_refuses_an_event_outside_the_catalogue(self, database_url: str, tmp_path: Path) -> None:
        class Foreign(DomainEvent, frozen=True, kw_only=True):
            TOPIC: ClassVar[str] = "sample.thing.unheard_of"

        async with opened(database_url, tmp_path) as its:
            with pytest.raises(UnknownTopic):
                await its.store.append(commit(uuid7(), Foreign()))
        assert rows(database_url)["events"] == 0

    async def test_refuses_data_the_store_cannot_hold_and_keeps_its_neighbours(
        self, database_url: str, tmp_path: Path
    ) -> None:
        async with opened(database_url, tmp_path, flights=1) as its:
            good, bad = uuid7(), uuid7()
            unholdable = commit(bad, Counted(amount=1), take=[UniqueKey("slot", "\x00")])
            results = await asyncio.gather(
                its.store.append(commit(good, Counted(amount=1))),
                its.store.append(unholdable),
                its.store.append(commit(uuid7(), Counted(amount=2))),
                return_exceptions=True,
            )
            assert isinstance(results[1], UndecodableData)
            assert await its.store.existing(TENANT, [good, bad]) == {good}
        assert rows(database_url) == {"events": 2, "unique_keys": 0, "commands": 2}


class TestCommand:
    async def test_happens_once_and_its_outcome_is_remembered(self, database_url: str, tmp_path: Path) -> None:
        stream, on = uuid7(), context(request=b"same")
        async with opened(database_url, tmp_path) as its:
            assert await its.store.outcome(on) is None
            position = await its.store.append(commit(stream, Counted(amount=1), on=on))
            with pytest.raises(CommandRepeated):
                await its.store.append(commit(uuid7(), Counted(amount=1), on=on))
            outcome = await its.store.outcome(on)
            assert outcome is not None
            assert (outcome.id, outcome.version, outcome.position) == (stream, 1, position)
            with pytest.raises(CommandKeyReused):
                await its.store.outcome(context(on.command_id, b"other"))
            assert await its.store.outcome(context(on.command_id, b"same", OTHER_TENANT)) is None

    async def test_sent_at_once_twenty_times_happens_once(self, database_url: str, tmp_path: Path) -> None:
        on = context()
        async with opened(database_url, tmp_path, flights=4) as its:
            attempts = [its.store.append(commit(uuid7(), Counted(amount=1), on=on)) for _ in range(20)]
            results = await asyncio.gather(*attempts, return_exceptions=True)
        assert sum(isinstance(r, int) for r in results) == 1
        assert all(isinstance(r, int | CommandRepeated) for r in results)
        assert rows(database_url)["events"] == 1


class TestBatch:
    async def test_refuses_one_command_without_touching_its_neighbours(self, database_url: str, tmp_path: Path) -> None:
        async with opened(database_url, tmp_path, flights=1) as its:
            await its.store.append(commit(uuid7(), Counted(amount=1), take=[SLOT]))
            streams = [uuid7() for _ in range(40)]
            wants = [[SLOT] if n % 10 == 3 else [UniqueKey("slot", str(n))] for n in range(40)]
            attempts = [
                its.store.append(commit(s, Counted(amount=1), take=w)) for s, w in zip(streams, wants, strict=True)
            ]
            results = await asyncio.gather(*attempts, return_exceptions=True)
            assert [n for n, r in enumerate(results) if isinstance(r, KeyTaken)] == [3, 13, 23, 33]
            assert sum(isinstance(r, int) for r in results) == 36
        assert rows(database_url) == {"events": 37, "unique_keys": 37, "commands": 37}

    async def test_lets_exactly_one_of_many_have_a_key_from_several_processes_worth_of_batches(
        self, database_url: str, tmp_path: Path
    ) -> None:
        async with opened(database_url, tmp_path, 3) as one, opened(database_url, tmp_path, 3) as other:
            for round_ in range(10):
                keys = [UniqueKey("slot", f"{round_} {n}") for n in range(3)]
                attempts: list[Any] = []
                for n in range(64):
                    store = (one, other)[n % 2].store
                    take = keys if n % 3 else keys[::-1]
                    attempts.append(store.append(commit(uuid7(), Counted(amount=1), take=take)))
                results = await asyncio.wait_for(asyncio.gather(*attempts, return_exceptions=True), 20)
                assert sum(isinstance(r, int) for r in results) == 1
                assert all(isinstance(r, int | KeyTaken) for r in results)

    async def test_lets_one_of_two_writers_of_a_version_win(self, database_url: str, tmp_path: Path) -> None:
        stream = uuid7()
        async with opened(database_url, tmp_path, 1) as its:
            attempts = [its.store.append(commit(stream, Counted(amount=n))) for n in range(10)]
            results = await asyncio.gather(*attempts, return_exceptions=True)
            assert sum(isinstance(r, int) for r in results) == 1
            assert sum(isinstance(r, VersionConflict) for r in results) == 9


class TestLostConnection:
    async def test_in_the_middle_of_appends_loses_and_doubles_nothing(self, database_url: str, tmp_path: Path) -> None:
        """Backends are ended under the writers; every acknowledged command is there once, every other not at all."""
        acknowledged = []

        async with opened(database_url, tmp_path, flights=2) as its:

            async def write() -> None:
                for _ in range(60):
                    stream = uuid7()
                    on = context()
                    try:
                        await its.store.append(commit(stream, Counted(amount=1), on=on))
                    except CommandRepeated:
                        outcome = await its.store.outcome(on)
                        assert outcome is not None
                        assert outcome.id == stream
                    acknowledged.append(stream)

            async def cut() -> None:
                kill = b"""SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%store.append%'"""
                async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
                    for _ in range(8):
                        await asyncio.sleep(0.02)
                        await connection.execute(kill)

            await asyncio.gather(cut(), *(write() for _ in range(16)))
            assert await its.store.existing(TENANT, acknowledged) == set(acknowledged)
        assert rows(database_url)["events"] == len(acknowledged) == 16 * 60


class TestPersonalFields:
    async def test_lie_sealed_in_the_table_and_open_only_when_asked(self, database_url: str, tmp_path: Path) -> None:
        stream, person = uuid7(), uuid7()
        async with opened(database_url, tmp_path) as its:
            await its.store.append(commit(stream, Noted(person_id=person, note="sleeps badly")))
            (unopened,) = await its.streams.read(TENANT, stream, opened=False)
            assert (unopened.event, unopened.subject_id) == (Noted(person_id=person, note=Unopened()), person)
            (read,) = await its.streams.read(TENANT, stream, opened=True)
            assert read.event == Noted(person_id=person, note="sleeps badly")
            assert await its.streams.read(OTHER_TENANT, stream, opened=True) == []
        with psycopg.connect(database_url) as connection:
            ((row,),) = connection.execute("SELECT e::text FROM event_store.events e").fetchall()
            assert "sleeps" not in row

    async def test_are_found_by_person_in_one_scan(self, database_url: str, tmp_path: Path) -> None:
        person = uuid7()
        async with opened(database_url, tmp_path) as its:
            for n in range(3):
                await its.store.append(commit(uuid7(), Noted(person_id=person, note=str(n))))
                await its.store.append(commit(uuid7(), Noted(person_id=uuid7(), note="another")))
            pages = Review(its.pool, its.streams).events(TENANT, Scope(person_id=person), lambda _: True, page=2)
            about = [recorded async for page in pages for recorded in page]
        assert [recorded.event for recorded in about] == [Noted(person_id=person, note=str(n)) for n in range(3)]


class TestSession:
    async def test_finds_nothing_of_another_tenant(self, database_url: str, tmp_path: Path) -> None:
        stream = uuid7()
        async with opened(database_url, tmp_path) as its:
            await its.store.append(commit(stream, Counted(amount=1)))
            with pytest.raises(NotFound):
                await Session(context(tenant=OTHER_TENANT), its.store, "plans:change").load(Thing, stream)

    async def test_holds_if_match_against_the_thing_loaded_first(self, database_url: str, tmp_path: Path) -> None:
        stream = uuid7()
        async with opened(database_url, tmp_path) as its:
            await its.store.append(commit(stream, Counted(amount=1)))
            stale = msgspec.structs.replace(context(), expected_version=7)
            with pytest.raises(VersionMismatch):
                await Session(stale, its.store, "plans:change").load(Thing, stream)

    async def test_appends_nothing_when_nothing_was_decided(self, database_url: str, tmp_path: Path) -> None:
        stream = uuid7()
        async with opened(database_url, tmp_path) as its:
            await its.store.append(commit(stream, Counted(amount=1)))
            session = Session(context(), its.store, "plans:change")
            outcome = await session.commit(await session.load(Thing, stream))
            assert (outcome.version, outcome.position) == (1, 0)
        assert rows(database_url)["commands"] == 1


class TestServer:
    async def test_that_may_lose_commits_is_refused_at_start(self, database_url: str, tmp_path: Path) -> None:
        from adapters.postgres.durability import NotDurable, assert_durable

        async with opened(database_url, tmp_path) as its:
            await assert_durable(its.pool)
        careless = f"{database_url}{'&' if '?' in database_url else '?'}options=-csynchronous_commit%3Doff"
        async with opened(careless, tmp_path) as its:
            with pytest.raises(NotDurable, match="synchronous_commit is off"):
                await assert_durable(its.pool)

    async def test_never_reads_the_whole_log_to_append_or_to_follow_it(self, database_url: str, tmp_path: Path) -> None:
        """Plans are made while the table is empty and kept while it grows; a scan of all of it must not be in them."""
        streams = {uuid7(): 0 for _ in range(5)}
        async with opened(database_url, tmp_path) as its:
            for _ in range(30):
                for stream, version in streams.items():
                    await its.store.append(commit(stream, Counted(amount=1), version=version))
                    streams[stream] += 1
            with pytest.raises(VersionConflict):
                await its.store.append(commit(next(iter(streams)), Counted(amount=1), version=3))
        with psycopg.connect(database_url, autocommit=True) as connection:
            feed = PostgresFeed(connection)
            for position in range(0, 150, 3):
                feed.page(position, 10)
        with psycopg.connect(database_url, autocommit=True) as connection:
            query = "SELECT seq_scan, idx_scan FROM pg_stat_user_tables WHERE relname = 'events'"
            scans = connection.execute(query).fetchone()
        assert scans is not None
        assert scans[0] < 10 < 150 < scans[1]
