"""The folder as an anchor: it takes each note, and with it the leaves the note covers, so that a change can be found
to the row even when the database has been made to agree with itself."""

from typing import Any

import psycopg

from adapters.merkle.anchors import Anchors, Place
from adapters.merkle.kinds import SOURCES
from adapters.merkle.tiles import leaf_tiles
from adapters.merkle.tree import HASH_BYTES, TILE_WIDTH
from application.ports.anchor import SignedCheckpoint

_PLACES = "SELECT position, stream_id, version FROM {} WHERE position = ANY(%s) AND tenant_id = %s"
AT_ONCE = 64


class TilesMissing(Exception):
    """The database does not have the leaves a note covers."""


class FolderAnchor:
    """Anchor over :class:`Anchors`, reading tiles over ``connection``."""

    name = "folder"

    def __init__(self, anchors: Anchors, connection: psycopg.Connection[Any]) -> None:
        self._anchors = anchors
        self._connection = connection

    def receive(self, checkpoint: SignedCheckpoint) -> None:
        """Keep the leaves first, then the note. Raises Conflict, TilesMissing, OSError."""
        kind, tenant_id, size = checkpoint.kind, checkpoint.tenant_id, checkpoint.size
        full, width = divmod(size, TILE_WIDTH)
        first = full
        while first and not self._anchors.has_tile(kind, tenant_id, first - 1, TILE_WIDTH):
            first -= 1
        for start in range(first, full, AT_ONCE):
            self._keep(checkpoint, range(start, min(full, start + AT_ONCE)), TILE_WIDTH)
        if width and not self._anchors.has_tile(kind, tenant_id, full, width):
            self._keep(checkpoint, range(full, full + 1), width)
        self._anchors.add_note(kind, tenant_id, size, checkpoint.note)

    def _keep(self, checkpoint: SignedCheckpoint, numbers: range, width: int) -> None:
        kind, tenant_id = checkpoint.kind, checkpoint.tenant_id
        tiles = leaf_tiles(self._connection, kind, tenant_id, numbers.start, numbers.stop)
        places = self._places(checkpoint, [p.position for _, part in tiles.values() for p in part[:width]])
        for number in numbers:
            hashes, positions = tiles.get(number, (b"", []))
            hashes, kept = hashes[: width * HASH_BYTES], [places.get(p.position, p) for p in positions[:width]]
            if len(hashes) != width * HASH_BYTES or (kind in SOURCES and len(kept) != width):
                raise TilesMissing(f"tile {number} of {kind} {tenant_id}")
            self._anchors.add_tile(kind, tenant_id, number, hashes, kept if kind in SOURCES else [])

    def _places(self, checkpoint: SignedCheckpoint, positions: list[int]) -> dict[int, Place]:
        source = SOURCES.get(checkpoint.kind)
        if source is None:
            return {}
        query = _PLACES.format(source.relation.decode()).encode()
        rows = self._connection.execute(query, (positions, checkpoint.tenant_id)).fetchall()
        return {position: Place(position, stream_id, version) for position, stream_id, version in rows}
