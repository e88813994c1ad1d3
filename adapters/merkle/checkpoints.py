"""Signs what the trees have grown to, and refuses to sign a tree that does not begin with the one signed before."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import structlog

from adapters.merkle import tree
from adapters.merkle.growing import grow
from adapters.merkle.kinds import TOP_KIND, TOP_TENANT
from adapters.merkle.note import TOP, Checkpoint, NotANote, Note, is_signed, origin_of, sign_checkpoint
from adapters.merkle.tiles import tile_reader
from adapters.merkle.tree import EMPTY_ROOT
from application.ports.anchor import SignedCheckpoint
from application.ports.signer import Signer

LOCK = 4_856_000_006
log = structlog.get_logger("merkle")

_GROWN = b"SELECT coalesce(sum(size), 0) FROM merkle.logs WHERE kind <> 'top'"
_UNSIGNED = b"""SELECT l.kind, l.tenant_id, l.size, l.root, l.position, c.note
    FROM merkle.logs l LEFT JOIN LATERAL (
        SELECT p.size, p.note FROM merkle.checkpoints p WHERE (p.kind, p.tenant_id) = (l.kind, l.tenant_id)
        ORDER BY p.size DESC LIMIT 1) c ON true
    WHERE l.kind <> 'top' AND l.size IS DISTINCT FROM c.size
    ORDER BY l.kind, l.tenant_id"""
_TOP = b"""SELECT l.size, l.root, (SELECT c.note FROM merkle.checkpoints c WHERE c.kind = 'top'
        ORDER BY c.size DESC LIMIT 1)
    FROM merkle.logs l WHERE l.kind = 'top'"""
_ADD = b"""INSERT INTO merkle.checkpoints (kind, tenant_id, size, root, position, leaf, signed_at, note)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"""
_DELIVER = b"INSERT INTO merkle.deliveries (anchor, kind, tenant_id, size) VALUES (%s, %s, %s, %s)"
_HOOKED = b"""INSERT INTO merkle.deliveries (anchor, kind, tenant_id, size)
    SELECT 'webhook', k.kind, k.tenant_id, k.size
    FROM unnest(%s::text[], %s::uuid[], %s::bigint[]) AS k(kind, tenant_id, size)
    JOIN merkle.webhooks USING (tenant_id)"""


class Inconsistent(Exception):
    """A tree does not begin with the one that was signed before: what was recorded has been changed since."""


class Head(NamedTuple):
    """A tree to be signed, and the note last signed of it."""

    kind: str
    tenant_id: UUID
    size: int
    root: bytes
    position: int
    last: str | None

    @property
    def origin(self) -> str:
        """The origin line of its log."""
        return TOP if self.kind == TOP_KIND else origin_of(self.kind, self.tenant_id)


class Checkpointer:
    """Signs every log that has grown, and the top log over them, every so many seconds or events.

    ``anchors`` are handed every note; ``of_top`` only the notes of the top log.
    """

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        signer: Signer,
        seconds: float,
        events: int,
        anchors: Sequence[str] = (),
        of_top: Sequence[str] = (),
    ) -> None:
        self._connection = connection
        self._signer = signer
        self._seconds = seconds
        self._events = events
        self._anchors = anchors
        self._of_top = of_top
        self._signed: dict[tuple[str, UUID], Checkpoint] = {}
        self._last, self._grown = float("-inf"), 0

    def tick(self, now: datetime) -> int:
        """Sign if it is time; return the number of notes."""
        found = self._connection.execute(_GROWN).fetchone()
        grown = int(found[0]) if found else 0
        if time.monotonic() - self._last < self._seconds and grown - self._grown < self._events:
            return 0
        self._last, self._grown = time.monotonic(), grown
        return len(self.sign(now))

    def sign(self, now: datetime) -> list[SignedCheckpoint]:
        """Sign every log that has grown since its last note, and then the top log. One signs at a time."""
        with self._connection.transaction():
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            found = self._connection.execute(_TOP).fetchone()
            leaf = int(found[0]) if found else 0
            bodies: list[str] = []
            signed = []
            for row in self._connection.execute(_UNSIGNED).fetchall():
                made = self._signed_if_consistent(Head(*row), leaf + len(bodies), now)
                if made is not None:
                    bodies.append(Note.parse(made.note).text)
                    signed.append(made)
            if signed:
                signed += self._sign_top(leaf, bodies, now)
                self._hand_out(signed)
        return signed

    def _signed_if_consistent(self, head: Head, leaf: int, now: datetime) -> SignedCheckpoint | None:
        try:
            return self._sign(head, leaf, now)
        except Inconsistent as refusal:
            log.error("merkle.checkpoint.refused", kind=head.kind, tenant_id=str(head.tenant_id), error=str(refusal))
            return None

    def _sign_top(self, leaf: int, bodies: Sequence[str], now: datetime) -> list[SignedCheckpoint]:
        hashes = [tree.leaf_hash(body.encode()) for body in bodies]
        grow(self._connection, TOP_KIND, {TOP_TENANT: (hashes, list(range(leaf + 1, leaf + 1 + len(bodies))))})
        found = self._connection.execute(_TOP).fetchone()
        assert found is not None
        size, root, last = found
        made = self._signed_if_consistent(Head(TOP_KIND, TOP_TENANT, size, root, 0, last), 0, now)
        return [made] if made else []

    def _sign(self, head: Head, leaf: int, now: datetime) -> SignedCheckpoint:
        self._assert_consistent(head)
        lines = () if head.kind == TOP_KIND else (f"position {head.position}", f"leaf {leaf}")
        stamp = f"signed {now.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        checkpoint = Checkpoint(head.origin, head.size, head.root, (*lines, stamp))
        note = str(sign_checkpoint(checkpoint, self._signer))
        place = None if head.kind == TOP_KIND else leaf
        row = (head.kind, head.tenant_id, head.size, head.root, head.position, place, now, note)
        self._connection.execute(_ADD, row)
        self._signed[head.kind, head.tenant_id] = checkpoint
        return SignedCheckpoint(head.kind, head.tenant_id, head.size, head.position, note)

    def _assert_consistent(self, head: Head) -> None:
        """Raise Inconsistent unless the tree begins with the one signed before, by its tiles."""
        before = self._signed.get((head.kind, head.tenant_id)) or self._own(head)
        if before is None:
            before = Checkpoint(head.origin, 0, EMPTY_ROOT)
        if head.size < before.size:
            raise Inconsistent(f"{head.size} leaves, and {before.size} were signed before")
        node = tree.nodes_of(tile_reader(self._connection, head.kind, head.tenant_id))
        try:
            proof = tree.consistency_proof(before.size, head.size, node)
            whole = tree.root_of((0, head.size), node)
        except (ValueError, KeyError):
            raise Inconsistent("its tiles are not whole") from None
        if whole != head.root or not tree.verify_consistency(before.size, before.root, head.size, head.root, proof):
            raise Inconsistent(f"it does not begin with the {before.size} leaves signed before")

    def _own(self, head: Head) -> Checkpoint | None:
        """Return the last checkpoint of the log as the database has it, if it was we who signed it."""
        if head.last is None:
            return None
        try:
            note = Note.parse(head.last)
            checkpoint = Checkpoint.parse(note.text)
        except NotANote:
            raise Inconsistent("the note signed before is not one") from None
        if checkpoint.origin != head.origin or not is_signed(note, head.origin, self._signer.public_key):
            raise Inconsistent("the note signed before was not signed by us")
        return checkpoint

    def _hand_out(self, signed: Sequence[SignedCheckpoint]) -> None:
        rows = [(anchor, s.kind, s.tenant_id, s.size) for s in signed for anchor in self._anchors]
        rows += [(w, s.kind, s.tenant_id, s.size) for s in signed if s.kind == TOP_KIND for w in self._of_top]
        with self._connection.cursor() as cursor:
            cursor.executemany(_DELIVER, rows)
        kinds, tenants, sizes = zip(*((s.kind, s.tenant_id, s.size) for s in signed), strict=True)
        self._connection.execute(_HOOKED, (list(kinds), list(tenants), list(sizes)))
