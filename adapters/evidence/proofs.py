"""Proofs of single events and of growth, from the stored tiles, each tried before it is given away."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from adapters.evidence.lines import digests, place
from adapters.merkle.kinds import SOURCES
from adapters.merkle.leaf import leaf_hash
from adapters.merkle.tree import (
    TILE_WIDTH,
    Node,
    Range,
    Tile,
    consistency_ranges,
    full_subtrees,
    inclusion_ranges,
    nodes_of,
    root_of,
    tile_of,
    verify_inclusion,
)
from adapters.postgres.event_store import unavailable
from adapters.postgres.feed import COLUMNS
from adapters.postgres.steps import Step, drive
from domain.kernel.errors import Invalid, Kind, NotFound, Refused
from projections.kernel.feed import FeedRow

_BY_POSITION = b"SELECT %b FROM %b WHERE position = %%(position)s"
_BY_VERSION = b"SELECT %b FROM %b WHERE stream_id = %%(stream)s AND version = %%(version)s"
_NOTES = b"""SELECT size, root, position, note FROM merkle.checkpoints WHERE kind = %(kind)s AND tenant_id = %(tenant)s
    AND (size = ANY(%(sizes)s) OR size = (SELECT max(size) FROM merkle.checkpoints
                                          WHERE kind = %(kind)s AND tenant_id = %(tenant)s)) ORDER BY size"""
_INDEX = b"""SELECT index, positions FROM merkle.tiles WHERE kind = %(kind)s AND tenant_id = %(tenant)s AND level = 0
    AND positions[1] <= %(position)s ORDER BY index DESC LIMIT 1"""
_TILES = b"""SELECT t.level, t.index, t.hashes FROM merkle.tiles t
    JOIN unnest(%(levels)s::int[], %(numbers)s::bigint[]) AS w(level, index) USING (level, index)
    WHERE kind = %(kind)s AND tenant_id = %(tenant)s"""


class NotYetCovered(Refused):
    """The event is younger than the newest checkpoint; the next one covers it."""

    code = "not-yet-covered"
    kind = Kind.UNAVAILABLE


class NotProven(Refused):
    """What is stored is not what was signed: this is found, not forbidden."""

    code = "not-proven"
    kind = Kind.CONFLICT


class Log(NamedTuple):
    """One tenant's log of one kind."""

    kind: str
    tenant_id: UUID

    def asked(self, **more: Any) -> dict[str, Any]:
        """Return the parameters of a statement about it."""
        return {"kind": self.kind, "tenant": self.tenant_id, **more}


class EventId(NamedTuple):
    """An event by its position, or by its stream and version."""

    position: int | None = None
    stream_id: UUID | None = None
    version: int | None = None

    @classmethod
    def parse(cls, text: str) -> "EventId":
        """Read ``POSITION`` or ``STREAM/VERSION``. Raises Invalid."""
        stream, slash, version = text.partition("/")
        try:
            if not slash:
                return cls(position=_number(stream))
            return cls(stream_id=UUID(stream), version=_number(version))
        except ValueError:
            raise Invalid("An event is named by its position, or by its stream and version: STREAM/VERSION.") from None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) >= 1 << 63:
        raise ValueError(text)
    return int(text)


class Proofs:
    """Proofs over a pool of connections."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool

    async def event(self, kind: str, name: str, tenant_id: UUID) -> dict[str, Any]:
        """Return the inclusion proof of the event named ``POSITION`` or ``STREAM/VERSION``; see :func:`inclusion`."""
        steps = inclusion(kind, EventId.parse(name), tenant_id)
        proven: dict[str, Any] = await unavailable(drive(self._pool, steps, tenant_id))
        return proven

    async def growth(self, kind: str, tenant_id: UUID, old: int, new: int | None = None) -> dict[str, Any]:
        """Return the consistency proof between two sizes; see :func:`consistency`."""
        steps = consistency(Log(kind, tenant_id), old, new)
        proven: dict[str, Any] = await unavailable(drive(self._pool, steps, tenant_id))
        return proven


def inclusion(kind: str, event: EventId, tenant_id: UUID | None = None) -> Step:
    """Prove an event (of ``tenant_id``, if given) by the newest checkpoint of its log.

    Raises NotFound, NotYetCovered, NotProven.
    """
    row = yield from _row(kind, event)
    if row is None or tenant_id not in (None, row.tenant_id):
        raise NotFound("There is no such event here.")
    log = Log(kind, row.tenant_id)
    notes = yield _NOTES, log.asked(sizes=[])
    if not notes or notes[-1][2] < row.position:
        raise NotYetCovered("No checkpoint covers the event yet: try again in a moment.", position=row.position)
    size, root, _, note = notes[-1]
    index = yield from index_of(log, row.position)
    if index is None or index >= size:
        raise _not_proven(row)
    ranges, leaf = inclusion_ranges(index, size), leaf_hash(row)
    node = yield from nodes_for(log, ranges)
    try:
        proof = [root_of(part, node) for part in ranges]
    except (KeyError, ValueError):
        raise _not_proven(row) from None
    if not verify_inclusion(leaf, index, size, proof, root):
        raise _not_proven(row)
    return {
        "event": place(row) | digests(row),
        "leaf": leaf.hex(),
        "index": index,
        "size": size,
        "root": bytes(root).hex(),
        "proof": [step.hex() for step in proof],
        "checkpoint": note,
    }


def consistency(log: Log, old: int, new: int | None = None) -> Step:
    """Prove that the log at ``new`` leaves (default: at its newest checkpoint) begins with what it was at ``old``.

    The signed checkpoint of a size stands beside its root where there is one. Raises NotFound, Invalid, NotProven.
    """
    notes = yield _NOTES, log.asked(sizes=[size for size in (old, new) if size is not None])
    if not notes:
        raise NotFound("There is no checkpoint of this log yet.")
    newest = notes[-1][0]
    end = newest if new is None else new
    if not 0 <= old <= end <= newest:
        raise Invalid("Sizes go from 0 to that of the newest checkpoint, the older one first.", newest=newest)
    ranges = consistency_ranges(old, end)
    node = yield from nodes_for(log, [*ranges, (0, old), (0, end)])
    signed = {size: (bytes(root), note) for size, root, _, note in notes}
    try:
        roots = {size: root_of((0, size), node) for size in (old, end)}
        proof = [root_of(part, node).hex() for part in ranges]
    except (KeyError, ValueError):
        raise NotProven("The tiles of this log are damaged.") from None
    if any(size in signed and signed[size][0] != root for size, root in roots.items()):
        raise NotProven("The log is not what was signed.")

    def head(size: int) -> dict[str, Any]:
        return {"size": size, "root": roots[size].hex(), "checkpoint": signed[size][1] if size in signed else None}

    return {"from": head(old), "to": head(end), "proof": proof}


def index_of(log: Log, position: int) -> Step:
    """Return the index of the leaf of the row at a position; None when no leaf is known for it."""
    found = yield _INDEX, log.asked(position=position)
    if not found or position not in found[0][1]:
        return None
    return found[0][0] * TILE_WIDTH + found[0][1].index(position)


def nodes_for(log: Log, ranges: Sequence[Range]) -> Step:
    """Return the node function that gives the hashes of ranges, all tiles fetched at once.

    It raises KeyError for a tile that is not there, ValueError for one that is too short.
    """
    tiles = tiles_for(ranges)
    wanted = log.asked(levels=[tile.level for tile in tiles], numbers=[tile.number for tile in tiles])
    rows = yield _TILES, wanted
    known = {Tile(level, number): bytes(hashes) for level, number, hashes in rows}
    node: Node = nodes_of(known.__getitem__)
    return node


def tiles_for(ranges: Iterable[Range]) -> list[Tile]:
    """Return the tiles that hold what ranges are made of, each once."""
    return sorted({tile_of(level, number)[0] for part in ranges for level, number in full_subtrees(*part)})


def _row(kind: str, event: EventId) -> Step:
    text = _BY_POSITION if event.position is not None else _BY_VERSION
    statement = text % (COLUMNS, SOURCES[kind].relation)
    rows = yield statement, {"position": event.position, "stream": event.stream_id, "version": event.version}
    return FeedRow._make(rows[0]) if rows else None


def _not_proven(row: FeedRow) -> NotProven:
    return NotProven("The stored event is not the one that the checkpoint covers.", position=row.position)
