"""A database whose tenants' trees can be grown, and read back by another way than they were written."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from adapters.merkle.growing import TreeConsumer
from adapters.merkle.kinds import consumer_name
from adapters.merkle.leaf import leaf_hash
from adapters.merkle.tree import root_over
from adapters.postgres.feed import COLUMNS, decoder
from projections.kernel import generations
from projections.kernel.feed import FeedRow
from projections.kernel.runner import Runner
from tests.adapters.sample import CODEC, TENANT
from tests.projections.sample import Ground as FeedGround

_ROWS = b"SELECT " + COLUMNS + b" FROM event_store.events WHERE tenant_id = %s ORDER BY position"


class Ground(FeedGround):
    """Events go in as in the tests of the loop."""

    def grower(
        self, make: Callable[[int], TreeConsumer] = lambda generation: TreeConsumer("events", generation)
    ) -> Runner:
        """Return a runner that grows the trees of the events."""
        generations.register(self.connection, consumer_name("events"))
        return Runner(self.connect(), self.feed(), decoder(CODEC), {consumer_name("events"): make})

    def grow(self) -> int:
        """Bring every tree up to date; return the number of leaves added."""
        runner = self.grower()
        grown = runner.drain()
        runner.close()
        return grown

    def leaves(self, tenant: UUID = TENANT) -> list[bytes]:
        """Return a tenant's leaves, made again from its rows."""
        rows = self.connection.execute(_ROWS, (tenant,)).fetchall()
        return [leaf_hash(FeedRow._make(row)) for row in rows]

    def log(self, tenant: UUID = TENANT) -> tuple[int, bytes]:
        """Return the size and root that are kept of a tenant's tree."""
        query = b"SELECT size, root FROM merkle.logs WHERE (kind, tenant_id) = ('events', %s)"
        found = self.connection.execute(query, (tenant,)).fetchone()
        return (found[0], found[1]) if found else (0, root_over([]))

    def tiles(self, level: int, tenant: UUID = TENANT) -> list[Any]:
        """Return (hashes, positions) of a level's tiles in order."""
        query = b"""SELECT hashes, positions FROM merkle.tiles WHERE (kind, tenant_id, level) = ('events', %s, %s)
            ORDER BY index"""
        return self.connection.execute(query, (tenant, level)).fetchall()
