"""The loop: dying anywhere loses and doubles nothing, and poison sets one stream aside."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.postgres.feed import decoder
from projections.kernel import bookmarks, generations
from projections.kernel.bookmarks import LostBookmark
from projections.kernel.consumer import ReadModelConsumer
from projections.kernel.poison import retry_parked
from projections.kernel.rows import Rows
from projections.kernel.writer import Writer
from tests.adapters.sample import CODEC, TENANT, Counted
from tests.projections.sample import HALTING, HEALED, MODEL, POISON, TABLES, Ground


@pytest.fixture
def ground(database_url: str) -> Iterator[Ground]:
    HEALED.clear()
    made = Ground(database_url)
    yield made
    for connection in made.open:
        connection.close()


class TestRunner:
    def test_brings_every_event_to_the_rows_once(self, ground: Ground) -> None:
        one, two = uuid7(), uuid7()
        runner = ground.runner()
        ground.append(one, 1, 2, 3)
        assert runner.drain() == 3
        ground.append(two, 10)
        ground.append(one, 4)
        assert runner.drain() == 2
        assert runner.drain() == 0
        assert ground.totals() == {one: 10, two: 10}
        assert ground.counted() == 5

    def test_writes_many_rows_as_it_writes_few(self, ground: Ground) -> None:
        streams = [uuid7() for _ in range(200)]
        runner = ground.runner()
        for stream in streams:
            ground.append(stream, 1)
        assert runner.drain() == 200
        for stream in streams:
            ground.append(stream, 2, 3)
        assert runner.drain() == 400
        assert ground.totals() == dict.fromkeys(streams, 6)
        assert ground.counted() == 600

    def test_catches_up_over_more_than_a_page(self, ground: Ground) -> None:
        streams = [uuid7() for _ in range(50)]
        for _ in range(5):
            for stream in streams:
                ground.append(stream, *[1] * 20)
        runner = ground.runner()
        assert runner.drain() == 5000
        assert ground.totals() == dict.fromkeys(streams, 100)

    def test_dying_between_rows_and_commit_leaves_nothing_and_resumes(self, ground: Ground) -> None:
        stream = uuid7()
        ground.append(stream, 1, 2)
        ground.runner()
        consumer, doomed = ReadModelConsumer(MODEL, 1), ground.connect()
        page = ground.feed().page(0, 100)
        mark = bookmarks.Bookmark("sample", 1, 0, 1, 0, frozenset())
        doomed.execute("BEGIN")
        bookmarks.move(doomed, mark, page.upto, 2, None)
        consumer.apply(doomed, [page.recorded(row, decoder(CODEC)) for row in page.rows])
        doomed.close()
        assert ground.totals() == {}
        ground.runner().drain()
        assert ground.totals() == {stream: 3}

    def test_a_zombie_cannot_move_the_bookmark_nor_leave_rows(self, ground: Ground) -> None:
        stream = uuid7()
        ground.append(stream, 5)
        runner = ground.runner()
        page = ground.feed().page(0, 100)
        stale = bookmarks.Bookmark("sample", 1, 0, 1, 0, frozenset())
        runner.drain()
        zombie = ground.connect()
        rows = Rows()
        rows.add("sample_counts", (TENANT,), {"counted": 1})

        def go_on() -> None:
            with zombie.transaction():
                Writer("sample_1", TABLES).write(zombie, rows)
                bookmarks.move(zombie, stale, page.upto, 1, None)

        with pytest.raises(LostBookmark):
            go_on()
        assert ground.counted() == 1
        assert ground.totals() == {stream: 5}

    def test_two_runners_share_the_work_without_doubling(self, ground: Ground) -> None:
        stream = uuid7()
        first, second = ground.runner(), ground.runner()
        for n in range(20):
            ground.append(stream, 1)
            (first, second)[n % 2].drain()
        first.close()
        second._claimed_at = 0.0
        second.drain()
        assert ground.totals() == {stream: 20}
        assert ground.counted() == 20

    def test_who_lost_the_connection_goes_on_with_the_next_and_others_wait(self, ground: Ground) -> None:
        lease = uuid7()
        ground.append(uuid7(), 1)
        assert ground.runner(lease=lease).drain() == 1
        ground.append(uuid7(), 1)
        assert ground.runner().drain() == 0
        assert ground.runner(lease=lease).drain() == 1

    def test_a_bookmark_that_somebody_holds_keeps_nobody_from_renewing_the_others(self, ground: Ground) -> None:
        runner = ground.runner(MODEL, HALTING)
        runner.drain()
        holder, until = ground.connect(), b"SELECT consumer, lease_until FROM consumers.bookmarks ORDER BY 1"
        before: dict[str, datetime] = dict(ground.connection.execute(until).fetchall())
        with holder.transaction():
            holder.execute(b"SELECT FROM consumers.bookmarks WHERE consumer = 'sample' FOR UPDATE")
            runner._claimed_at = 0.0
            runner.once()
            after: dict[str, datetime] = dict(ground.connection.execute(until).fetchall())
        assert after["sample"] == before["sample"]
        assert after["sample_money"] > before["sample_money"]

    def test_whoever_is_frozen_within_a_pipeline_loses_the_bookmark_in_the_end(self, ground: Ground) -> None:
        """The limits for statements and for idle transactions leave such a one alone."""
        ground.append(uuid7(), 1)
        ground.runner()
        frozen = ground.connect()
        frozen.execute(b"SET idle_in_transaction_session_timeout = '100ms'")
        bookmarks.bound(frozen)
        assert frozen.execute(b"SHOW transaction_timeout").fetchone() == (bookmarks.TRANSACTION,)
        frozen.execute(b"SET transaction_timeout = '500ms'")
        frozen.execute(b"BEGIN")
        with suppress(psycopg.OperationalError), frozen.pipeline():
            cursor = frozen.execute(b"UPDATE consumers.bookmarks SET position = 7 RETURNING 1")
            assert cursor.fetchall() == [(1,)]
            with psycopg.connect(ground.url) as other:
                assert other.execute(b"SELECT position FROM consumers.bookmarks FOR UPDATE").fetchall() == [(0,)]
        assert frozen.closed


class TestPoison:
    def test_parks_its_stream_and_lets_the_others_go_on(self, ground: Ground) -> None:
        sick, well = uuid7(), uuid7()
        runner = ground.runner()
        for n in range(100):
            ground.append(well, 1)
            if n == 50:
                ground.append(sick, 1, POISON, 7, POISON)
        runner.drain()
        assert ground.totals() == {well: 100, sick: 1}
        assert ground.parked() == [("sample", sick, "Unpalatable")]

    def test_shows_no_data_in_what_is_stored_of_the_error(self, ground: Ground) -> None:
        runner = ground.runner()
        ground.append(uuid7(), POISON)
        runner.drain()
        assert all("person" not in error for _, _, error in ground.parked())

    def test_once_mended_is_caught_up_to_what_a_rebuild_gives(self, ground: Ground) -> None:
        sick = uuid7()
        runner = ground.runner()
        ground.append(sick, 1, POISON, 7)
        runner.drain()
        ground.append(sick, 8)
        runner.drain()
        assert retry_parked(ground.connect(), ReadModelConsumer(MODEL, 1), ground.feed(), decoder(CODEC)) == (0, 1)
        HEALED.add(POISON)
        runner.retry_parked()
        assert ground.parked() == []
        assert ground.totals() == {sick: 16 + POISON}
        comparison = generations.rebuild(ground.connect(), ground.feed(), decoder(CODEC), MODEL)
        assert all(table.same for table in comparison)

    def test_undecodable_data_and_unknown_shapes_park_too(self, ground: Ground) -> None:
        broken, well = uuid7(), uuid7()
        runner = ground.runner()
        ground.append_raw(broken, Counted.TOPIC, '{"amount":"many"}')
        ground.append_raw(uuid7(), "os.system", '{"amount":1}')
        ground.append(well, 2)
        runner.drain()
        assert ground.totals() == {well: 2}
        assert ground.parked() == [("sample", broken, "UndecodableData")]

    def test_halts_a_consumer_that_must_not_skip(self, ground: Ground) -> None:
        runner = ground.runner(HALTING)
        ground.append(uuid7(), 1)
        runner.drain()
        ground.append(uuid7(), POISON)
        ground.append(uuid7(), 1)
        runner.drain()
        rows = ground.connection.execute(b"SELECT position, halted FROM consumers.bookmarks").fetchall()
        assert rows == [(1, "position 2: Unpalatable")]
        assert ground.parked() == []


class TestShards:
    def test_divide_the_tenants_and_give_the_same_rows(self, ground: Ground) -> None:
        tenants: Sequence[UUID] = [uuid7() for _ in range(8)]
        generations.ensure_live(ground.connect(), MODEL, shards=3)
        streams = {tenant: uuid7() for tenant in tenants}
        for tenant, stream in streams.items():
            ground.append(stream, 1, 2, tenant=tenant)
        runner = ground.runner()
        assert runner.drain() == 16
        assert ground.totals() == dict.fromkeys(streams.values(), 3)
        rows = ground.connection.execute(b"SELECT shard, position FROM consumers.bookmarks ORDER BY 1").fetchall()
        assert rows == [(0, 16), (1, 16), (2, 16)]
