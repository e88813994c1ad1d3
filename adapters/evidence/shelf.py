"""Where a bundle's checkpoints and leaves come from: the database, or the folder outside wherever that has them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import psycopg

from adapters.evidence.proofs import Log, index_of
from adapters.merkle.note import Checkpoint, Note
from adapters.merkle.tree import HASH_BYTES, TILE_WIDTH, Node, Tile, node_in_tile, nodes_of
from adapters.postgres.steps import drive_now

T = TypeVar("T")
MOST_NOTES = 1000
_NOTES = "SELECT note FROM merkle.checkpoints WHERE kind = %s AND tenant_id = %s ORDER BY size"
_TILE = "SELECT hashes FROM merkle.tiles WHERE kind = %s AND tenant_id = %s AND level = %s AND index = %s"


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
    """One log as the database has it or, with a folder ``outside``, as that has it: full tiles, and checkpoints."""

    def __init__(self, connection: psycopg.Connection[Any], log: Log, outside: Path | None = None) -> None:
        self.log = log
        self._connection = connection
        self._outside = None if outside is None else outside / log.kind / str(log.tenant_id)
        self._known: dict[Tile, bytes] = {}
        self.node: Node = nodes_of(self._tile)
        """Gives the hashes of full subtrees. It raises ValueError where there is no tile."""

    def notes(self) -> list[Kept]:
        """Return the checkpoints by size; of very many, some spread evenly, the newest always.

        Raises NotANote for one that cannot be read.
        """
        if self._outside is None:
            rows = self._connection.execute(_NOTES, self.log).fetchall()
            texts = [row[0] for row in rows]
        else:
            texts = [path.read_text() for path in thinned(sorted(self._outside.glob("checkpoints/*.note")))]
        kept = [Kept(Checkpoint.parse(Note.parse(text).text), text) for text in texts]
        return thinned(sorted(kept, key=lambda one: one.size))

    def leaves(self, size: int) -> Iterator[bytes]:
        """Yield the first ``size`` leaf hashes, a tile at a time; fewer when there are not so many."""
        for number in range(-(-size // TILE_WIDTH)):
            yield self._tile(Tile(0, number))[: (size - number * TILE_WIDTH) * HASH_BYTES]

    def index_of(self, position: int) -> int | None:
        """Return the index of the leaf of the row at a position; None when no leaf is known for it."""
        found: int | None = drive_now(self._connection, index_of(self.log, position))
        return found

    def _tile(self, tile: Tile) -> bytes:
        if tile.level == 0 or self._outside is None:
            return self._stored(tile)
        if tile not in self._known:
            self._known[tile] = self._made(tile)
        return self._known[tile]

    def _stored(self, tile: Tile) -> bytes:
        path = None if self._outside is None else self._outside / "tile" / tile.path
        if path is not None and path.exists():
            return path.read_bytes()
        row = self._connection.execute(_TILE, (*self.log, *tile)).fetchone()
        return bytes(row[0]) if row else b""

    def _made(self, tile: Tile) -> bytes:
        """Make a tile of those below it: outside, only leaves are kept."""
        below = (self._tile(Tile(tile.level - 1, tile.number * TILE_WIDTH + n)) for n in range(TILE_WIDTH))
        made = b""
        for hashes in below:
            if len(hashes) < TILE_WIDTH * HASH_BYTES:
                break
            made += node_in_tile(hashes, 0, TILE_WIDTH)
        return made


def thinned(many: list[T]) -> list[T]:
    """Return at most MOST_NOTES of a list, spread evenly, the last always."""
    if len(many) <= MOST_NOTES:
        return many
    return [many[len(many) - 1 - n * len(many) // MOST_NOTES] for n in reversed(range(MOST_NOTES))]
