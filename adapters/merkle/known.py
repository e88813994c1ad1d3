"""What the leaves of a log were: from the folder outside as far as it reaches, else from the database's own tiles."""

from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from adapters.merkle.acts import Was
from adapters.merkle.anchors import Anchors, Place
from adapters.merkle.tiles import leaf_hashes, leaf_tiles, tiles_after
from adapters.merkle.tree import HASH_BYTES, TILE_WIDTH

AHEAD = 64
LOWEST = -(1 << 63)


class KnownTile(NamedTuple):
    """Hashes and places of a tile's leaves; places are fewer than hashes where they are not known."""

    hashes: bytes
    places: list[Place]


class KnownLeaves:
    """The known leaves of one log, tile by tile. ``anchored``: how many of them signed notes cover; ``kept``: how many
    the database says there are."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        kind: str,
        tenant_id: UUID,
        anchored: int,
        kept: int,
        anchors: Anchors | None,
    ) -> None:
        self._connection = connection
        self._kind, self._tenant = kind, tenant_id
        self._anchored, self._kept = anchored, kept
        self._anchors = anchors
        self._ahead: dict[int, bytes] = {}
        self._ahead_from = -AHEAD

    @property
    def size(self) -> int:
        """How many leaves there should be at least."""
        return max(self._anchored, self._kept)

    def hashes(self, number: int) -> bytes:
        """Return a tile's hashes as far as they are known, without looking for places: all that is needed mostly."""
        width = self._width(number, self._anchored)
        outside = self._anchors.hashes(self._kind, self._tenant, number, width) if self._anchors and width else None
        if outside is not None and width == TILE_WIDTH:
            return outside
        if not self._ahead_from <= number < self._ahead_from + AHEAD:
            self._ahead = leaf_hashes(self._connection, self._kind, self._tenant, number, number + AHEAD)
            self._ahead_from = number
        inside = self._ahead.get(number, b"")[: self._width(number, self._kept) * HASH_BYTES]
        return inside if outside is None else outside + inside[len(outside) :]

    def tile(self, number: int) -> KnownTile:
        """Return a tile as far as it is known."""
        outside = self._outside(number)
        if outside is not None and len(outside.places) == TILE_WIDTH:
            return outside
        inside = self._inside(number)
        if outside is None:
            return inside
        width = len(outside.places)
        return KnownTile(outside.hashes + inside.hashes[width * HASH_BYTES :], outside.places + inside.places[width:])

    def leaves(self, tile: int) -> list[Was] | None:
        """Return the known leaves from a tile on; None when not every anchored one is known.

        The tail follows by position, not by number: where the anchored part was changed, numbers no longer agree.
        """
        found: list[Was] = []
        for number in range(tile, -(-self._anchored // TILE_WIDTH)):
            width = min(TILE_WIDTH, self._anchored - number * TILE_WIDTH)
            known = self.tile(number)
            if len(known.hashes) < width * HASH_BYTES or len(known.places) < width:
                return None
            _append(found, number * TILE_WIDTH, known, range(width))
        first = max(self._anchored, tile * TILE_WIDTH)
        last = self._last_place(tile).position if first else LOWEST
        for hashes, places in tiles_after(self._connection, self._kind, self._tenant, last):
            inside = KnownTile(hashes, places)
            _append(found, first, inside, range(sum(p.position <= last for p in places), len(places)))
            first = tile * TILE_WIDTH + len(found)
        return found

    def _last_place(self, tile: int) -> Place:
        """Return the place of the last anchored leaf, or of the one before the tile if that comes later."""
        last = max(self._anchored, tile * TILE_WIDTH) - 1
        places = self.tile(last // TILE_WIDTH).places
        return places[last % TILE_WIDTH] if last % TILE_WIDTH < len(places) else Place(LOWEST)

    def before(self, tile: int) -> int:
        """Return the position of the last leaf before a tile."""
        places = self.tile(tile - 1).places if tile else []
        return places[-1].position if places else LOWEST

    def _outside(self, number: int) -> KnownTile | None:
        width = self._width(number, self._anchored)
        if self._anchors is None or not width:
            return None
        found = self._anchors.tile(self._kind, self._tenant, number, width)
        return None if found is None else KnownTile(*found)

    def _inside(self, number: int) -> KnownTile:
        found = leaf_tiles(self._connection, self._kind, self._tenant, number, number + 1)
        hashes, places = found.get(number, (b"", []))
        width = self._width(number, self._kept)
        return KnownTile(hashes[: width * HASH_BYTES], places[:width])

    def _width(self, number: int, size: int) -> int:
        return max(0, min(TILE_WIDTH, size - number * TILE_WIDTH))


def _append(found: list[Was], first: int, known: KnownTile, numbers: range) -> None:
    for n, at in enumerate(numbers):
        found.append(Was(first + n, known.hashes[at * HASH_BYTES : (at + 1) * HASH_BYTES], known.places[at]))
