"""Hashes the rows of every log again and holds them against the signed notes: says what is wrong first, and where."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from adapters.merkle import rows
from adapters.merkle.acts import Difference, Extent, Was, acts, differences
from adapters.merkle.anchors import Anchors
from adapters.merkle.catalogue import examine
from adapters.merkle.findings import Act, Finding, LogReport, Report
from adapters.merkle.kinds import SOURCES, TOP_KIND, TOP_TENANT
from adapters.merkle.known import KnownLeaves
from adapters.merkle.note import Checkpoint
from adapters.merkle.notes import Notes, notes_of
from adapters.merkle.top import examine_top
from adapters.merkle.tree import HASH_BYTES, TILE_WIDTH, Edge
from adapters.postgres.feed import Source

Progress = Callable[[int, int], None]

_LOGS = b"SELECT tenant_id FROM merkle.logs WHERE kind = %s"
_KEPT = b"SELECT size, root FROM merkle.logs WHERE (kind, tenant_id) = (%s, %s)"
_AHEAD = "SELECT tenant_id, stream_id, version, position FROM {0} WHERE position > {1} ORDER BY position LIMIT 1"
_PRESENT = "SELECT DISTINCT stream_id FROM {} WHERE stream_id = ANY(%s)"


class Head(NamedTuple):
    """A size at which the tree must have a root; ``signed``: a note says so, else the database does."""

    size: int
    root: bytes
    signed: bool


class LogCheck:
    """Holds the rows of one log, as they come, against what was known of them."""

    def __init__(self, kind: str, tenant_id: UUID, notes: Notes, known: KnownLeaves, kept: tuple[int, bytes]) -> None:
        self.kind, self.tenant_id = kind, tenant_id
        self.rows = 0
        self.notes = notes
        self.known = known
        self.kept = kept[0]
        heads = [Head(c.size, c.root, True) for c in notes.checkpoints] + [Head(*kept, False)]
        self._heads = sorted((head for head in heads if head.size), key=lambda head: head.size)
        self._next = 0
        self._edge = Edge()
        self._pending: list[bytes] = []
        self.wrong_tile: int | None = None
        self.wrong_head: Head | None = None
        self.sound = 0  # the largest signed size at which the root was right

    @property
    def last(self) -> Checkpoint | None:
        """The largest checkpoint that holds."""
        return self.notes.checkpoints[-1] if self.notes.checkpoints else None

    @property
    def anchored(self) -> int:
        """How many leaves signed notes cover."""
        return self.last.size if self.last else 0

    def add(self, leaves: Sequence[bytes]) -> None:
        """Take the leaves of the next rows."""
        self.rows += len(leaves)
        self._pending.extend(leaves)
        full = len(self._pending) // TILE_WIDTH * TILE_WIDTH
        for first in range(0, full, TILE_WIDTH):
            self._tile(self._pending[first : first + TILE_WIDTH])
        del self._pending[:full]

    def finish(self) -> None:
        """Take the last tile, and see that nothing is missing at the end."""
        self._tile(self._pending)
        if self.wrong_tile is None and self.rows < self.known.size:
            self.wrong_tile = self.rows // TILE_WIDTH
        missing = (head for head in self._heads[self._next :] if head.size > self.rows)
        self.wrong_head = self.wrong_head or next(missing, None)

    def _tile(self, leaves: list[bytes]) -> None:
        number = self._edge.size // TILE_WIDTH
        if self.wrong_tile is None:
            known = self.known.hashes(number)
            if b"".join(leaves)[: len(known)] != known:
                self.wrong_tile = number
        self._extend(leaves)

    def _extend(self, leaves: list[bytes]) -> None:
        start = self._edge.size
        while self._next < len(self._heads) and self._heads[self._next].size <= start + len(leaves):
            head = self._heads[self._next]
            self._edge.extend(leaves[self._edge.size - start : head.size - start])
            self._next += 1
            if self._edge.root() != head.root:
                self.wrong_head = self.wrong_head or head
            elif head.signed:
                self.sound = max(self.sound, head.size)
        self._edge.extend(leaves[self._edge.size - start :])


class Verification:
    """One verification over one connection that reads rows and another that looks up what is known."""

    def __init__(
        self, reading: psycopg.Connection[Any], asking: psycopg.Connection[Any], public_key: bytes,
        anchors: Anchors | None = None, progress: Progress = lambda done, of: None,
    ) -> None:  # fmt: skip
        self._reading, self._asking = reading, asking
        self._key = public_key
        self._anchors = anchors
        self._progress = progress

    def run(self, tenant_id: UUID | None = None) -> Report:
        """Verify all logs, or those of one tenant, and the schema they lie in."""
        started = time.perf_counter()
        logs: list[LogReport] = []
        for kind, source in SOURCES.items():
            logs += self._kind(kind, source, tenant_id)
        if tenant_id is None:
            notes = notes_of(self._asking, self._anchors, TOP_KIND, TOP_TENANT, self._key)
            logs += examine_top(self._asking, notes)
        return Report(logs, examine(self._asking), time.perf_counter() - started)

    def _kind(self, kind: str, source: Source, tenant_id: UUID | None) -> Iterator[LogReport]:
        checks = {tenant: self._check(kind, tenant) for tenant in self._tenants(kind, tenant_id)}
        found = self._asking.execute(b"SELECT " + source.settled).fetchone()
        upto = int(found[0]) if found else 0
        of, done = sum(max(check.known.size, 1) for check in checks.values()), 0
        for tenant, leaves in rows.leaves(self._reading, source, upto, tenant_id):
            if tenant not in checks:
                checks[tenant] = self._check(kind, tenant)
            checks[tenant].add(leaves)
            done += len(leaves)
            self._progress(done, max(of, done))
        ahead = self._ahead_of_all(kind, source)
        for check in checks.values():
            check.finish()
            if check.rows or check.known.size or check.notes.findings:
                yield self._report(check, source, upto, [f for f in ahead if f.tenant_id == check.tenant_id])

    def _tenants(self, kind: str, tenant_id: UUID | None) -> Iterable[UUID]:
        if tenant_id is not None:
            return [tenant_id]
        tenants = {row[0] for row in self._asking.execute(_LOGS, (kind,)).fetchall()}
        if self._anchors is not None:
            tenants |= {tenant for of, tenant in self._anchors.logs() if of == kind}
        return sorted(tenants)

    def _check(self, kind: str, tenant_id: UUID) -> LogCheck:
        # In this order: what is signed was kept before, and rows are read last, so that none can be missing honestly.
        notes = notes_of(self._asking, self._anchors, kind, tenant_id, self._key)
        found = self._asking.execute(_KEPT, (kind, tenant_id)).fetchone()
        kept = (int(found[0]), bytes(found[1])) if found else (0, b"")
        anchored = notes.checkpoints[-1].size if notes.checkpoints else 0
        known = KnownLeaves(self._asking, kind, tenant_id, anchored, kept[0], self._anchors)
        return LogCheck(kind, tenant_id, notes, known, kept)

    def _ahead_of_all(self, kind: str, source: Source) -> list[Finding]:
        """Rows at positions that were never given out: no reader of the feed will ever meet them."""
        query = _AHEAD.format(source.relation.decode(), source.drawn.decode()).encode()
        found = self._asking.execute(query).fetchall()
        detail = "ahead of the sequence"
        return [Finding(Act.INSERTED, kind, tenant, position, stream, version, detail=detail)
                for tenant, stream, version, position in found]  # fmt: skip

    def _report(self, check: LogCheck, source: Source, upto: int, ahead: Sequence[Finding]) -> LogReport:
        findings = [*check.notes.findings, *ahead, *self._judged(check, source, upto)]
        position = check.last.extension("position") if check.last else None
        return LogReport(check.kind, check.tenant_id, check.rows, len(check.notes.checkpoints), check.anchored,
                         int(position or 0), findings)  # fmt: skip

    def _judged(self, check: LogCheck, source: Source, upto: int) -> list[Finding]:
        head, tile = check.wrong_head, check.wrong_tile
        if tile is None:
            return [] if head is None else [_unlocated(check, head)]
        if head is None and check.rows >= check.known.size and (tile + 1) * TILE_WIDTH <= check.anchored:
            # Every signed root comes out of the rows as they are: so it is the leaves kept beside them that are not.
            return [Finding(Act.TREE_EDITED, check.kind, check.tenant_id, detail=f"leaves from {tile * TILE_WIDTH} on")]
        was = check.known.leaves(tile)
        if was is None or not self._hold(check, tile, was):
            return [_unlocated(check, head)]
        after = check.known.before(tile)
        found = differences(was, rows.found(self._reading, source, check.tenant_id, after, upto))
        if not found:
            return [Finding(Act.TREE_EDITED, check.kind, check.tenant_id, detail=f"leaves from {tile * TILE_WIDTH} on")]
        done = acts(
            found,
            Extent(tile * TILE_WIDTH + len(was), check.anchored, check.kept),
            lambda streams: self._present(source, streams),
        )
        return [self._finding(check, act, some) for act, some in done]

    def _hold(self, check: LogCheck, tile: int, was: Sequence[Was]) -> bool:
        """Whether the known leaves give the roots that were signed."""
        edge = Edge()
        for number in range(tile):
            hashes = check.known.hashes(number)
            edge.extend([hashes[n : n + HASH_BYTES] for n in range(0, len(hashes), HASH_BYTES)])
        leaves = [leaf for _, leaf, _ in was]
        start = edge.size
        for checkpoint in check.notes.checkpoints:
            if checkpoint.size >= start:
                edge.extend(leaves[edge.size - start : checkpoint.size - start])
                if edge.root() != checkpoint.root:
                    return False
        return True

    def _finding(self, check: LogCheck, act: Act, some: Sequence[Difference]) -> Finding:
        place = some[0].place
        proven = any(d.before < check.anchored for d in some)
        return Finding(
            act, check.kind, check.tenant_id, place.position, place.stream_id, place.version, len(some), proven
        )

    def _present(self, source: Source, streams: Sequence[UUID]) -> set[UUID]:
        query = _PRESENT.format(source.relation.decode()).encode()
        return {row[0] for row in self._asking.execute(query, (list(streams),)).fetchall()}


def _unlocated(check: LogCheck, head: Head | None) -> Finding:
    """Return the finding that names the interval between two notes."""
    if head is None or not head.signed:
        return Finding(Act.TREE_EDITED, check.kind, check.tenant_id, detail="what is kept of the tree in the database")
    sizes = {c.size: c for c in check.notes.checkpoints}
    last = sizes.get(check.sound)
    position = int((last.extension("position") if last else None) or 0)
    until = sizes[head.size].extension("position") if head.size in sizes else None
    detail = f"between positions {position + 1} and {until}"
    return Finding(Act.REWRITTEN, check.kind, check.tenant_id, position + 1, affected=head.size - check.sound,
                   between=(check.sound, head.size), detail=detail)  # fmt: skip
