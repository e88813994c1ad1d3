"""A consumer of the feed whose rows are trees: every row of a tenant becomes the next leaf of the tenant's log."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from adapters.merkle.kinds import consumer_name
from adapters.merkle.leaf import leaf_hash
from adapters.merkle.tree import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, Edge
from projections.kernel.feed import FeedRow

BATCH = 20_000
_LOGS = b"SELECT tenant_id, size, edge, position FROM merkle.logs WHERE kind = %s AND tenant_id = ANY(%s) FOR UPDATE"
_KEEP = b"""INSERT INTO merkle.logs (kind, tenant_id, size, root, edge, position) VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (kind, tenant_id) DO UPDATE SET (size, root, edge, position, grown_at)
        = (EXCLUDED.size, EXCLUDED.root, EXCLUDED.edge, EXCLUDED.position, clock_timestamp())"""
_BEGIN = b"INSERT INTO merkle.tiles (kind, tenant_id, level, index, hashes, positions) VALUES (%s, %s, %s, %s, %s, %s)"
_CONTINUE = b"""UPDATE merkle.tiles SET hashes = hashes || %s, positions = positions || %s::bigint[]
    WHERE (kind, tenant_id, level, index) = (%s, %s, %s, %s) AND octet_length(hashes) = %s"""


class TreeDamaged(Exception):
    """What is kept of a tree does not belong together: someone has been at it, and growing on would hide it."""


class Grown(NamedTuple):
    """A tree after a batch, and the parts of tiles that are new."""

    tenant_id: UUID
    edge: Edge
    position: int
    parts: list["Part"]


class Part(NamedTuple):
    """New hashes of one tile, of which ``before`` are there already."""

    level: int
    number: int
    before: int
    hashes: bytes
    positions: Sequence[int] | None


class TreeConsumer:
    """Grows the trees of one kind of log. It halts rather than skips: a leaf left out would be a false alarm later."""

    halts = True
    raw = True
    topics = None

    def __init__(self, kind: str, generation: int = 1) -> None:
        self.name = consumer_name(kind)
        self.generation = generation
        self._kind = kind

    def apply(self, connection: psycopg.Connection[Any], events: Iterable[FeedRow]) -> None:
        """Add the rows' leaves to their tenants' trees. Raises TreeDamaged."""
        leaves: dict[UUID, tuple[list[bytes], list[int]]] = {}
        for n, row in enumerate(events, 1):
            hashes, positions = leaves.setdefault(row.tenant_id, ([], []))
            hashes.append(leaf_hash(row))
            positions.append(row.position)
            if n % BATCH == 0:
                grow(connection, self._kind, leaves)
                leaves = {}
        grow(connection, self._kind, leaves)


def grow(connection: psycopg.Connection[Any], kind: str, leaves: dict[UUID, tuple[list[bytes], list[int]]]) -> None:
    """Add leaf hashes and their positions to trees, in the caller's transaction. Raises TreeDamaged."""
    if not leaves:
        return
    found = connection.execute(_LOGS, (kind, list(leaves)), prepare=True).fetchall()
    stand = {tenant_id: (Edge.at(size, edge), position) for tenant_id, size, edge, position in found}
    grown = []
    for tenant_id, (hashes, positions) in leaves.items():
        edge, position = stand.get(tenant_id, (Edge(), 0))
        if position >= positions[0]:
            raise TreeDamaged(f"the log of {tenant_id} is ahead of what it is made of")
        parts = _parts(edge.size, edge.extend(hashes), positions)
        grown.append(Grown(tenant_id, edge, positions[-1], parts))
    _write(connection, kind, grown)


def _parts(size: int, made: Sequence[Sequence[bytes]], positions: Sequence[int]) -> list[Part]:
    """Divide what a tree of ``size`` has gained among tiles."""
    parts = []
    for level, nodes in enumerate(made[::TILE_HEIGHT]):
        there = size >> (level * TILE_HEIGHT)
        first = 0
        while first < len(nodes):
            number, before = divmod(there + first, TILE_WIDTH)
            end = min(len(nodes), first + TILE_WIDTH - before)
            parts.append(Part(level, number, before, b"".join(nodes[first:end]),
                              None if level else positions[first:end]))  # fmt: skip
            first = end
    return parts


def _write(connection: psycopg.Connection[Any], kind: str, grown: Sequence[Grown]) -> None:
    logs, begun, continued = [], [], []
    for tenant_id, edge, position, parts in grown:
        logs.append((kind, tenant_id, edge.size, edge.root(), edge.kept(), position))
        for level, number, before, hashes, positions in parts:
            place = (kind, tenant_id, level, number)
            if before:
                continued.append((hashes, positions, *place, before * HASH_BYTES))
            else:
                begun.append((*place, hashes, positions))
    with connection.cursor() as cursor:
        cursor.executemany(_KEEP, logs)
        if begun:
            cursor.executemany(_BEGIN, begun)
        if continued:
            cursor.executemany(_CONTINUE, continued)
            if cursor.rowcount != len(continued):
                raise TreeDamaged("a tile is not as wide as its tree is large")
