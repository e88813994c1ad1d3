"""The trees hold every row of a tenant once and in order, however the rows arrived and wherever the consumer died."""

from collections.abc import Iterator, Sequence
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from adapters.merkle.growing import TreeConsumer, TreeDamaged
from adapters.merkle.tree import Edge, nodes_of, root_of, root_over
from projections.kernel import bookmarks
from tests.adapters.sample import TENANT
from tests.merkle.ground import Ground


@pytest.fixture
def ground(database_url: str) -> Iterator[Ground]:
    made = Ground(database_url)
    yield made
    for connection in made.open:
        connection.close()


def is_what_its_rows_give(ground: Ground, tenant: UUID = TENANT) -> bool:
    """Whether log, tiles of every level and positions are those computed afresh from the rows."""
    leaves = ground.leaves(tenant)
    assert ground.log(tenant) == (len(leaves), root_over(leaves))
    for level, hashes in enumerate(Edge().extend(leaves)[::8]):
        tiles = ground.tiles(level, tenant)
        assert b"".join(tile for tile, _ in tiles) == b"".join(hashes)
        assert all(len(tile) == 256 * 32 for tile, _ in tiles[:-1])
    positions = [p for _, part in ground.tiles(0, tenant) for p in part]
    query = b"SELECT position FROM event_store.events WHERE tenant_id = %s ORDER BY position"
    assert positions == [row[0] for row in ground.connection.execute(query, (tenant,)).fetchall()]
    return True


class TestTree:
    def test_holds_each_tenants_rows_in_order(self, ground: Ground) -> None:
        tenants = [uuid7() for _ in range(3)]
        streams = {tenant: uuid7() for tenant in tenants}
        for n in range(40):
            ground.append(streams[tenants[n % 3]], *[n] * (n % 5 + 1), tenant=tenants[n % 3])
        assert ground.grow() == sum(len(ground.leaves(tenant)) for tenant in tenants)
        assert all(is_what_its_rows_give(ground, tenant) for tenant in tenants)

    @pytest.mark.parametrize("sizes", [(1, 1, 254, 1), (255, 2, 255), (256, 256), (300, 1, 700), (4500,), (1, 4400, 3)])
    def test_is_the_same_in_any_batching(self, ground: Ground, sizes: Sequence[int]) -> None:
        grower, stream = ground.grower(), uuid7()
        for size in sizes:
            for first in range(0, size, 500):
                ground.append(stream, *[1] * min(500, size - first))
            grower.drain()
            assert is_what_its_rows_give(ground)

    def test_serves_nodes_from_its_tiles(self, ground: Ground) -> None:
        ground.append(uuid7(), *[1] * 600)
        ground.grow()
        stored = {n: tile for n, (tile, _) in enumerate(ground.tiles(0))}
        above = {n: tile for n, (tile, _) in enumerate(ground.tiles(1))}
        node = nodes_of(lambda tile: (above if tile.level else stored)[tile.number])
        assert root_of((0, 600), node) == ground.log()[1]

    @pytest.mark.requirement("R230")
    def test_takes_events_of_topics_nobody_knows(self, ground: Ground) -> None:
        ground.append_raw(uuid7(), "os.system", '{"amount":1}')
        assert ground.grow() == 1
        assert is_what_its_rows_give(ground)

    def test_is_whole_after_dying_between_rows_and_commit(self, ground: Ground) -> None:
        ground.append(uuid7(), *[1] * 300)
        ground.grower()
        doomed, page = ground.connect(), ground.feed().page(0, 1000)
        mark = bookmarks.Bookmark("merkle_events", 1, 0, 1, 0, frozenset())
        doomed.execute("BEGIN")
        TreeConsumer("events").apply(doomed, page.rows)
        bookmarks.move(doomed, mark, page.upto, len(page.rows), None)
        doomed.close()
        assert ground.log()[0] == 0
        ground.grow()
        assert is_what_its_rows_give(ground)

    def test_is_not_grown_twice_by_a_zombie(self, ground: Ground) -> None:
        ground.append(uuid7(), *[1] * 10)
        page = ground.feed().page(0, 1000)
        ground.grow()
        zombie = ground.connect()
        with pytest.raises(TreeDamaged, match="ahead of what it is made of"):
            TreeConsumer("events").apply(zombie, page.rows)
        assert is_what_its_rows_give(ground)

    def test_halts_when_someone_has_been_at_its_tiles(self, ground: Ground) -> None:
        ground.append(uuid7(), *[1] * 10)
        ground.grow()
        ground.connection.execute("UPDATE merkle.tiles SET hashes = substr(hashes, 1, 64)")
        ground.append(uuid7(), 1)
        ground.grow()
        halted = ground.connection.execute("SELECT halted FROM consumers.bookmarks").fetchall()
        assert halted == [("position 11: TreeDamaged",)]
