"""The loop: dying anywhere loses and doubles nothing, poison sets one stream aside, a rebuild is the same again."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.codec.mapper import StoredRow
from adapters.postgres.batch import APPEND, Written, documents
from adapters.postgres.feed import PostgresFeed, decoder
from domain.kernel.recorded import Recorded
from projections.kernel import bookmarks, generations
from projections.kernel.bookmarks import LostBookmark
from projections.kernel.consumer import ReadModelConsumer
from projections.kernel.poison import retry_parked
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows, Table
from projections.kernel.runner import Runner
from projections.kernel.writer import Writer
from tests.adapters.sample import CODEC, TENANT, Counted

POISON = 666
HEALED: set[int] = set()


class Unpalatable(Exception):
    """The projector has a bug for this one."""


def counted(rows: Rows, event: Counted, recorded: Recorded) -> None:
    if event.amount == POISON and POISON not in HEALED:
        raise Unpalatable("person's data that must not show")
    key = (recorded.tenant_id, recorded.stream_id)
    if recorded.version == 1:
        rows.insert("sample_totals", key, {"total": event.amount, "last": recorded.version})
    else:
        rows.add("sample_totals", key, {"total": event.amount}, {"last": recorded.version})
    rows.add("sample_counts", (recorded.tenant_id,), {"counted": 1})


def twice(rows: Rows, event: Counted, recorded: Recorded) -> None:
    """A wrong projector version."""
    counted(rows, event, recorded)
    rows.add("sample_counts", (recorded.tenant_id,), {"counted": 1})


TABLES = (Table("sample_totals", ("tenant_id", "stream_id")), Table("sample_counts", ("tenant_id",)))
SCHEMA = Path(__file__).with_name("sample_schema.sql")
MODEL = ReadModel("sample", TABLES, {Counted: counted}, SCHEMA)
WRONG = MODEL._replace(on={Counted: twice})
HALTING = MODEL._replace(name="sample_money", halts=True, tables=TABLES)


class Ground:
    """A database with connections for a runner."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.open: list[psycopg.Connection[Any]] = []
        self.connection = self.connect()
        self.versions: dict[UUID, int] = {}

    def connect(self) -> psycopg.Connection[Any]:
        self.open.append(psycopg.connect(self.url, autocommit=True))
        return self.open[-1]

    def feed(self) -> PostgresFeed:
        return PostgresFeed(self.connect())

    def runner(self, *models: ReadModel) -> Runner:
        for model in models or (MODEL,):
            generations.ensure_live(self.connection, model)
        makers = generations.sources({model.name: model for model in models or (MODEL,)})
        return Runner(self.connect(), self.feed(), decoder(CODEC), makers)

    def append(self, stream: UUID, *amounts: int, tenant: UUID = TENANT) -> None:
        at = self.versions.get(stream, 0)
        rows = [
            StoredRow(stream, at + n, Counted.TOPIC, b'{"amount":%d}' % amount, tenant, 1, None, None, None, "{}")
            for n, amount in enumerate(amounts, 1)
        ]
        self.versions[stream] = at + len(rows)
        self.connection.execute(APPEND, documents([Written(tenant, None, None, b"", "null", rows, (), ())]))

    def append_raw(self, stream: UUID, topic: str, data: str) -> None:
        """Put in what our own program would never write."""
        statement = """INSERT INTO event_store.events VALUES
            (nextval('event_store.position_seq'), %s, %s, 1, %s, 1, %s, NULL, NULL, NULL, '{}', now())"""
        self.connection.execute(statement, (TENANT, stream, topic, data))

    def totals(self, view: str = "read.sample_totals") -> dict[UUID, int]:
        rows = self.connection.execute(f"SELECT stream_id, total FROM {view}".encode()).fetchall()
        return dict(rows)

    def counted(self) -> int:
        rows = self.connection.execute(b"SELECT coalesce(sum(counted), 0)::int FROM read.sample_counts").fetchall()
        return int(rows[0][0])

    def parked(self) -> list[tuple[str, UUID, str]]:
        return self.connection.execute(b"SELECT consumer, stream_id, error FROM consumers.parked_streams").fetchall()


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


class TestRebuild:
    def test_is_equal_to_what_grew_step_by_step_and_swaps(self, ground: Ground) -> None:
        streams = [uuid7() for _ in range(30)]
        runner = ground.runner()
        for stream in streams:
            ground.append(stream, 1, 2)
            runner.drain()
        steps: list[tuple[int, int]] = []
        comparison = generations.rebuild(
            ground.connect(), ground.feed(), decoder(CODEC), MODEL, progress=lambda done, of: steps.append((done, of))
        )
        assert [(c.table, c.live_rows, c.same) for c in comparison] == [
            ("sample_totals", 30, True),
            ("sample_counts", 1, True),
        ]
        assert steps[-1] == (60, 60)
        assert generations.live_generation(ground.connection, "sample") == 2
        ground.append(streams[0], 4)
        runner._claimed_at = 0.0
        runner.drain()
        assert ground.totals()[streams[0]] == 7
        assert ground.totals('"sample_1".sample_totals')[streams[0]] == 3

    def test_by_a_wrong_projector_is_refused_and_leaves_the_live_one(self, ground: Ground) -> None:
        runner = ground.runner()
        ground.append(uuid7(), 1, 2)
        runner.drain()
        with pytest.raises(generations.Differs, match="sample_counts"):
            generations.rebuild(ground.connect(), ground.feed(), decoder(CODEC), WRONG)
        assert generations.live_generation(ground.connection, "sample") == 1
        assert ground.counted() == 2
        generations.rebuild(ground.connect(), ground.feed(), decoder(CODEC), WRONG, accept_differences=True)
        assert ground.counted() == 4

    def test_is_rolled_back_by_one_call(self, ground: Ground) -> None:
        runner = ground.runner()
        stream = uuid7()
        ground.append(stream, 1)
        runner.drain()
        generations.rebuild(ground.connect(), ground.feed(), decoder(CODEC), WRONG, accept_differences=True)
        assert generations.roll_back(ground.connect(), MODEL) == 1
        ground.append(stream, 1)
        runner._claimed_at = 0.0
        runner.drain()
        assert ground.totals() == {stream: 2}
        assert ground.counted() == 2

    def test_killed_half_way_is_begun_anew(self, ground: Ground) -> None:
        runner = ground.runner()
        ground.append(uuid7(), 1)
        runner.drain()

        def die(done: int, of: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            generations.rebuild(ground.connect(), ground.feed(), decoder(CODEC), MODEL, progress=die)
        generations.rebuild(ground.connect(), ground.feed(), decoder(CODEC), MODEL)
        states = ground.connection.execute(b"SELECT generation, state FROM consumers.generations ORDER BY 1").fetchall()
        assert states == [(1, "kept"), (2, "dropped"), (3, "live")]


class TestShards:
    def test_divide_the_tenants_and_give_the_same_rows(self, ground: Ground) -> None:
        tenants: Sequence[UUID] = [uuid7() for _ in range(8)]
        generations.ensure_live(ground.connection, MODEL, shards=3)
        streams = {tenant: uuid7() for tenant in tenants}
        for tenant, stream in streams.items():
            ground.append(stream, 1, 2, tenant=tenant)
        runner = ground.runner()
        assert runner.drain() == 16
        assert ground.totals() == dict.fromkeys(streams.values(), 3)
        rows = ground.connection.execute(b"SELECT shard, position FROM consumers.bookmarks ORDER BY 1").fetchall()
        assert rows == [(0, 16), (1, 16), (2, 16)]
