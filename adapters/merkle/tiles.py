"""The tiles as the database keeps them: quick to read, to be believed only as far as a signed root confirms them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg

from adapters.merkle.anchors import Place
from adapters.merkle.tree import HASH_BYTES, Tile

_TILE = b"SELECT hashes FROM merkle.tiles WHERE (kind, tenant_id, level, index) = (%s, %s, %s, %s)"
_LEAVES = b"""SELECT index, hashes, positions FROM merkle.tiles
    WHERE (kind, tenant_id, level) = (%s, %s, 0) AND index >= %s AND index < %s"""
_HASHES = b"""SELECT index, hashes FROM merkle.tiles
    WHERE (kind, tenant_id, level) = (%s, %s, 0) AND index >= %s AND index < %s"""
_AFTER = b"""SELECT hashes, positions FROM merkle.tiles
    WHERE (kind, tenant_id, level) = (%s, %s, 0) AND positions[cardinality(positions)] > %s ORDER BY index"""


def tile_reader(connection: psycopg.Connection[Any], kind: str, tenant_id: UUID) -> Callable[[Tile], bytes]:
    """Return the function that reads a log's tiles. It raises KeyError for one that is not there."""

    def read(tile: Tile) -> bytes:
        found = connection.execute(_TILE, (kind, tenant_id, tile.level, tile.number), prepare=True).fetchone()
        if found is None:
            raise KeyError(tile)
        return bytes(found[0])

    return read


def leaf_tiles(
    connection: psycopg.Connection[Any], kind: str, tenant_id: UUID, first: int, end: int
) -> dict[int, tuple[bytes, list[Place]]]:
    """Return the level-0 tiles numbered from ``first`` up to ``end`` that are there, and their rows' positions."""
    rows = connection.execute(_LEAVES, (kind, tenant_id, first, end), prepare=True, binary=True).fetchall()
    return {n: (bytes(hashes), [Place(p) for p in positions or ()]) for n, hashes, positions in rows}


def leaf_hashes(
    connection: psycopg.Connection[Any], kind: str, tenant_id: UUID, first: int, end: int
) -> dict[int, bytes]:
    """As :func:`leaf_tiles`, without positions."""
    rows = connection.execute(_HASHES, (kind, tenant_id, first, end), prepare=True, binary=True).fetchall()
    return {n: bytes(hashes) for n, hashes in rows}


def tiles_after(
    connection: psycopg.Connection[Any], kind: str, tenant_id: UUID, position: int
) -> list[tuple[bytes, list[Place]]]:
    """Return the level-0 tiles that have rows after a position, in order; whole ones only."""
    rows = connection.execute(_AFTER, (kind, tenant_id, position), binary=True).fetchall()
    tiles = [(bytes(hashes), [Place(p) for p in positions]) for hashes, positions in rows]
    return [(hashes, places) for hashes, places in tiles if len(hashes) == len(places) * HASH_BYTES]
