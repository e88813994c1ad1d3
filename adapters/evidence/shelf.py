"""Where a bundle's checkpoints and leaves come from: the folder outside as far as that has them, else the database."""

from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import psycopg

from adapters.evidence.proofs import Log
from adapters.merkle.anchors import Anchors
from adapters.merkle.kinds import TOP_KIND
from adapters.merkle.known import KnownLeaves
from adapters.merkle.leaf import leaf_hash
from adapters.merkle.note import Checkpoint, Note
from adapters.merkle.tiles import tile_reader
from adapters.merkle.tree import HASH_BYTES, TILE_WIDTH, Node, Tile, node_in_tile, nodes_of
from projections.kernel.feed import FeedRow

T = TypeVar("T")
MOST_NOTES, REMEMBERED = 1000, 1 << 16
FULL = TILE_WIDTH * HASH_BYTES
_NOTES = "SELECT note FROM merkle.checkpoints WHERE kind = %s AND tenant_id = %s ORDER BY size"

_FIRSTS = """SELECT coalesce(positions[1], 0) FROM merkle.tiles WHERE kind = %s AND tenant_id = %s AND level = 0
    ORDER BY index"""


class Kept(NamedTuple):
    """A checkpoint, and the signed note that says it."""

    checkpoint: Checkpoint
    note: str

    @property
    def size(self) -> int:
        """How many leaves it covers."""
        return self.checkpoint.size

    @property
    def position(self) -> int:
        """The position of the last leaf it covers."""
        return int(self.checkpoint.extension("position") or 0)


class Shelf:
    """One log's checkpoints and leaves. With a folder ``outside`` nothing of the tree in the database is believed that
    could come from there."""

    def __init__(self, connection: psycopg.Connection[Any], log: Log, outside: Path | None = None) -> None:
        self.log = log
        self._connection = connection
        self._outside = outside
        self.notes = self._notes()
        size = self.notes[-1].size if self.notes else 0
        anchors = None if outside is None else Anchors(outside)
        self._leaves = KnownLeaves(connection, log.kind, log.tenant_id, size, size, anchors)
        self._stored = tile_reader(connection, log.kind, log.tenant_id)
        self._made: dict[Tile, bytes] = {}
        self._firsts: list[int] = []
        self._number, self._places = -1, dict[int, int]()  # of the tile asked for last
        self.node: Node = lru_cache(REMEMBERED)(nodes_of(self._tile))
        """Gives the hashes of full subtrees. It raises KeyError or ValueError where there is no tile."""

    def leaves(self, size: int) -> Iterator[bytes]:
        """Yield the first ``size`` leaf hashes, a tile at a time; fewer when there are not so many."""
        for number in range(-(-size // TILE_WIDTH)):
            yield self._leaves.tile(number).hashes[: (size - number * TILE_WIDTH) * HASH_BYTES]

    def index_of(self, position: int) -> int | None:
        """Return the index of the leaf of the row at a position; None when no leaf is known for it."""
        if not self._firsts:
            self._firsts = [row[0] for row in self._connection.execute(_FIRSTS, self.log)]
        number = bisect_right(self._firsts, position) - 1
        if number != self._number:
            self._number, self._places = number, {}
            if number >= 0:
                self._places = {place.position: n for n, place in enumerate(self._leaves.tile(number).places)}
        within = self._places.get(position)
        return None if within is None else number * TILE_WIDTH + within

    def has(self, index: int | None, row: FeedRow) -> bool:
        """Whether a row is the leaf with that index."""
        try:
            return index is not None and self.node(0, index) == leaf_hash(row)
        except (KeyError, ValueError):
            return False

    def timestamp(self, size: int) -> bytes | None:
        """Return the timestamp over the checkpoint of a size."""
        return None if self._outside is None else Anchors(self._outside).timestamp(*self.log, size)

    def _notes(self) -> list[Kept]:
        """Return the checkpoints by size; of very many some, spread evenly, and the newest always."""
        if self._outside is None:
            texts = [row[0] for row in self._connection.execute(_NOTES, self.log).fetchall()]
        else:
            path = self._outside / self.log.kind
            path = path if self.log.kind == TOP_KIND else path / str(self.log.tenant_id)
            texts = [file.read_text() for file in thinned(sorted(path.glob("checkpoints/*.note")))]
        kept = [Kept(Checkpoint.parse(Note.parse(text).text), text) for text in thinned(texts)]
        return sorted(kept, key=lambda one: one.size)

    def _tile(self, tile: Tile) -> bytes:
        if tile.level == 0:
            return self._leaves.tile(tile.number).hashes
        if self._outside is None:
            return self._stored(tile)
        if tile not in self._made:
            self._made[tile] = b"".join(self._below(tile))
        return self._made[tile]

    def _below(self, tile: Tile) -> Iterator[bytes]:
        """Yield a tile's hashes, made of the tiles below it: outside, only leaves are kept."""
        for number in range(tile.number * TILE_WIDTH, (tile.number + 1) * TILE_WIDTH):
            hashes = self._tile(Tile(tile.level - 1, number))
            if len(hashes) < FULL:
                return
            yield node_in_tile(hashes, 0, TILE_WIDTH)


def thinned(many: list[T]) -> list[T]:
    """Return at most MOST_NOTES of a list, spread evenly, the last always."""
    if len(many) <= MOST_NOTES:
        return many
    return [many[len(many) - 1 - n * len(many) // MOST_NOTES] for n in reversed(range(MOST_NOTES))]
