"""A database whose tenants' trees can be grown, and read back by another way than they were written."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from adapters.merkle.anchors import Anchors
from adapters.merkle.checkpoints import Checkpointer
from adapters.merkle.findings import Report
from adapters.merkle.folder import FolderAnchor
from adapters.merkle.growing import TreeConsumer
from adapters.merkle.kinds import consumer_name
from adapters.merkle.leaf import leaf_hash
from adapters.merkle.signing import SignerFile
from adapters.merkle.tree import root_over
from adapters.merkle.verify import Verification
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
        generations.register(self.connect(), consumer_name("events"))
        return Runner(self.connect(), self.feed(), decoder(CODEC), {consumer_name("events"): make})

    def grow(self) -> int:
        """Bring every tree up to date; return the number of leaves added."""
        runner = self.grower()
        grown = runner.drain()
        runner.close()
        return grown

    def leaves(self, tenant: UUID = TENANT) -> list[bytes]:
        """Return a tenant's leaves, made again from its rows."""
        return [leaf_hash(row) for row in self.rows(tenant)]

    def rows(self, tenant: UUID = TENANT) -> list[FeedRow]:
        """Return a tenant's rows in order."""
        return [FeedRow._make(row) for row in self.connection.execute(_ROWS, (tenant,)).fetchall()]

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


class Anchored(Ground):
    """A ground whose trees are signed and whose notes lie in a folder outside."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url)
        self.signer = SignerFile(folder / "signer.key")
        self.folder = folder / "anchors"
        self.anchors = Anchors(self.folder)
        self.anchor_folder = FolderAnchor(self.anchors, self.connect())
        self.checkpointer = Checkpointer(self.connection, self.signer, 10, 10_000, ["folder"])

    def anchor(self) -> None:
        """Grow the trees, sign them, and put the notes outside."""
        self.grow()
        for checkpoint in self.checkpointer.sign(datetime.now(UTC)):
            self.anchor_folder.receive(checkpoint)

    def verify(self, *, outside: bool = True, tenant: UUID | None = None) -> Report:
        """Verify against the folder, or only with what the database has."""
        anchors = self.anchors if outside else None
        with psycopg.connect(self.url, autocommit=True) as one, psycopg.connect(self.url, autocommit=True) as two:
            return Verification(one, two, self.signer.public_key, anchors).run(tenant)

    def sql(self, statement: LiteralString, *parameters: object) -> None:
        """Do as a superuser would."""
        self.connection.execute(statement, parameters)

    def conceal(self, tenant: UUID = TENANT) -> None:
        """Make the database agree with itself again: trees, tiles and kept notes are made anew from the rows."""
        self.sql("DELETE FROM merkle.tiles")
        self.sql("DELETE FROM merkle.logs")
        self.sql("DELETE FROM merkle.checkpoints")
        self.sql("UPDATE consumers.bookmarks SET position = 0, lease = NULL WHERE consumer = 'merkle_events'")
        self.grow()
        Checkpointer(self.connection, SignerFile(self.folder.parent / "stolen.key"), 10, 10_000).sign(datetime.now(UTC))
