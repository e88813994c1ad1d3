"""A consumer far behind goes in long stretches, and comes to the same rows as one that went step by step."""

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from uuid_utils.compat import uuid7

from projections.kernel import generations
from projections.kernel.feed import Share
from projections.kernel.indexes import built_afterwards
from projections.kernel.runner import FAR, PAGE
from tests.adapters.sample import TENANT
from tests.projections.sample import HEALED, MODEL, POISON, Ground

MANY = PAGE + FAR + 500


@pytest.fixture
def ground(database_url: str) -> Iterator[Ground]:
    HEALED.clear()
    made = Ground(database_url)
    yield made
    for connection in made.open:
        connection.close()


def fill(ground: Ground, streams: list[UUID], tenants: list[UUID]) -> None:
    """Append facts of all streams in turn until there are more than a stretch needs."""
    rounds = MANY // (len(streams) * 10) + 1
    for _ in range(rounds):
        for n, stream in enumerate(streams):
            ground.append(stream, *[1] * 10, tenant=tenants[n % len(tenants)])


class TestStretch:
    def test_gives_the_rows_of_small_steps(self, ground: Ground) -> None:
        streams = [uuid7() for _ in range(40)]
        fill(ground, streams, [TENANT])
        runner = ground.runner()
        moved, applied = runner.once()
        assert moved
        assert applied > FAR, "the first round takes it all, not a page"
        assert runner.drain() == 0
        assert ground.counted() == applied
        assert set(ground.totals().values()) == {applied // len(streams)}

    def test_goes_page_by_page_over_poison_and_parks_its_stream(self, ground: Ground) -> None:
        sick, well = uuid7(), [uuid7() for _ in range(40)]
        fill(ground, well, [TENANT])
        ground.append(sick, 1, POISON, 5)
        fill(ground, well, [TENANT])
        ground.runner().drain()
        totals = ground.totals()
        assert totals.pop(sick) == 1
        assert len(set(totals.values())) == 1
        assert ground.parked() == [("sample", sick, "Unpalatable")]

    def test_leaves_out_streams_that_are_parked(self, ground: Ground) -> None:
        sick = uuid7()
        runner = ground.runner()
        ground.append(sick, POISON)
        runner.drain()
        ground.append(sick, 7)
        fill(ground, [uuid7() for _ in range(40)], [TENANT])
        runner.drain()
        assert sick not in ground.totals()
        HEALED.add(POISON)
        runner.retry_parked()
        assert ground.totals()[sick] == POISON + 7

    def test_is_shared_by_shards_without_gap_or_doubling(self, ground: Ground) -> None:
        tenants = [uuid7() for _ in range(8)]
        streams = [uuid7() for _ in range(40)]
        generations.ensure_live(ground.connect(), MODEL, shards=3)
        fill(ground, streams, tenants)
        applied = ground.runner().drain()
        assert ground.counted() == applied
        assert set(ground.totals().values()) == {applied // len(streams)}


class TestShare:
    def test_of_every_tenant_is_exactly_one(self) -> None:
        for _ in range(100):
            tenant = uuid7()
            assert sum(Share(number, 5).holds(tenant) for number in range(5)) == 1

    def test_is_the_same_for_the_database(self, ground: Ground) -> None:
        feed = ground.feed()
        for tenant in (uuid7() for _ in range(20)):
            ground.append(uuid7(), 1, tenant=tenant)
        topics, end = ["sample.thing.counted"], feed.settled()
        for number in range(3):
            share = Share(number, 3)
            for page in feed.pages(0, end, topics, share):
                assert all(share.holds(row.tenant_id) for row in page.rows)


class TestIndexesBuiltAfterwards:
    def test_are_all_there_again_and_those_that_forbid_never_go(self, ground: Ground) -> None:
        ground.runner()
        connection, projector = ground.connection, ground.connect()
        connection.execute("CREATE TABLE full_of (a int PRIMARY KEY, b int UNIQUE, c int, d int)")
        connection.execute("CREATE INDEX first ON full_of (c DESC) WHERE d > 0")
        connection.execute('CREATE INDEX "Second one" ON full_of (c, d) INCLUDE (b)')
        connection.execute("ALTER TABLE full_of SET SCHEMA sample_1")
        connection.execute("ALTER TABLE sample_1.full_of OWNER TO caretrail_migrator")
        connection.execute("GRANT SELECT, INSERT ON sample_1.full_of TO caretrail_projector")
        before = definitions(connection)
        with projector.transaction(), built_afterwards(projector, "sample_1", "full_of"):
            assert len(definitions(projector)) == len(before) - 2
            projector.execute("INSERT INTO sample_1.full_of VALUES (1, 1, 1, 1)")
        assert definitions(connection) == before
        with projector.transaction(), built_afterwards(projector, "sample_1", "full_of"):
            assert definitions(projector) == before, "a table with rows keeps its indexes"

    def test_are_built_by_the_first_of_two_who_fill_a_table_together(self, ground: Ground) -> None:
        ground.runner()
        connection, first, second = ground.connection, ground.connect(), ground.connect()
        before = definitions(connection, "sample_counts")
        second.execute(b"SET lock_timeout = '200ms'")
        add = b"INSERT INTO sample_1.sample_counts (tenant_id, counted) VALUES (%s, 1)"
        with first.transaction(), built_afterwards(first, "sample_1", "sample_counts"):
            first.execute(add, (uuid7(),))
            with (
                pytest.raises(psycopg.errors.LockNotAvailable),
                second.transaction(),
                built_afterwards(second, "sample_1", "sample_counts"),
            ):
                pytest.fail("both have it to themselves")
        with second.transaction(), built_afterwards(second, "sample_1", "sample_counts"):
            second.execute(add, (uuid7(),))
        assert definitions(connection, "sample_counts") == before

    def test_are_taken_from_nothing_but_tables_of_read_models(self, ground: Ground) -> None:
        ground.runner()
        query = b"SELECT count(*) FROM pg_indexes WHERE schemaname = 'event_store'"
        before = ground.connection.execute(query).fetchall()
        with built_afterwards(ground.connect(), "event_store", "events"):
            assert ground.connection.execute(query).fetchall() == before


def definitions(connection: psycopg.Connection, table: str = "full_of") -> list[tuple[str]]:
    query = "SELECT indexdef FROM pg_indexes WHERE tablename = %s ORDER BY 1"
    return connection.execute(query, (table,)).fetchall()
