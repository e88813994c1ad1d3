"""Writes a bundle that proves itself: events, checkpoints, proofs, the public key and the script that checks them."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import IO, Any, NamedTuple
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import psycopg
from psycopg import sql

from adapters.evidence.lines import contents, digests, place
from adapters.evidence.proofs import Log
from adapters.evidence.shelf import Kept, Shelf
from adapters.merkle.kinds import SOURCES
from adapters.merkle.tree import inclusion_proof, root_of
from adapters.postgres.feed import COLUMNS
from projections.kernel.feed import FeedRow

ROWS = 1000
STILL = (1980, 1, 1, 0, 0, 0)  # the same history makes the same bytes
SHIPPED = {
    "README.md": ("adapters.evidence", "AUDITOR.md"),
    "FORMAT.md": ("adapters.merkle", "FORMAT.md"),
    "verify.py": ("adapters.evidence", "verify.py"),
}
Opener = Callable[[Sequence[FeedRow]], Sequence[Any]]
"""Gives the personal fields of rows in the clear, for whoever may see them."""


class Choice(NamedTuple):
    """Which events: all of a tenant, those about a patient, or those in a range of positions (both ends included)."""

    kind: str = "events"
    tenant_id: UUID | None = None
    patient_id: UUID | None = None
    span: tuple[int, int] | None = None

    @property
    def whole(self) -> bool:
        """Whether logs are wanted whole, so that nothing can be left out unseen."""
        return self.patient_id is None and self.span is None

    def where(self) -> tuple[sql.Composed, list[Any]]:
        """Return the condition on rows, and its parameters."""
        wanted = {"tenant_id = %s": self.tenant_id, "subject_id = %s": self.patient_id}
        tests: dict[str, list[Any]] = {test: [value] for test, value in wanted.items() if value is not None}
        if self.span is not None:
            tests["position BETWEEN %s AND %s"] = list(self.span)
        return sql.SQL(" AND ").join(map(sql.SQL, tests)), [value for values in tests.values() for value in values]

    def said(self) -> dict[str, Any]:
        """Return it as the manifest says it."""
        ids = {"tenant": self.tenant_id, "patient": self.patient_id}
        return (
            {"kind": self.kind} | {n: str(v) for n, v in ids.items() if v} | ({"range": self.span} if self.span else {})
        )


class Packed(NamedTuple):
    """What went into a bundle of one log. ``uncovered``: chosen events that no checkpoint covers yet, left out.

    ``sound``: whether the leaves at hand lead to the newest checkpoint; if not, the bundle will say where not.
    """

    log: str
    events: int
    size: int
    uncovered: int
    sound: bool


class Bundle:
    """A bundle being written."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        choice: Choice,
        outside: Path | None = None,
        opener: Opener | None = None,
        progress: Callable[[int, int], None] = lambda done, of: None,
    ) -> None:
        self._connection = connection
        self._choice = choice
        self._outside = outside
        self._opener = opener
        self._progress = progress
        self._relation = sql.SQL(SOURCES[choice.kind].relation.decode())

    def write(self, path: Path, public_key_pem: str) -> list[Packed]:
        """Write the bundle to a file that only its owner can read, whole or not at all; say what is in it."""
        part = path.with_name(f"{path.name}.part")
        part.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as file:
                with ZipFile(file, "w", ZIP_DEFLATED) as archive:
                    packed = self._fill(archive, public_key_pem)
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)
        return packed

    def _fill(self, archive: ZipFile, public_key_pem: str) -> list[Packed]:
        shelves = [Shelf(self._connection, Log(self._choice.kind, t), self._outside) for t in self._tenants()]
        names = [f"{shelf.log.kind}/{shelf.log.tenant_id}" for shelf in shelves]
        said = {"format": 1, "selection": self._choice.said(), "opened": self._opener is not None, "logs": names}
        for name, (package, resource) in SHIPPED.items():
            _put(archive, name, files(package).joinpath(resource).read_text())
        _put(archive, "signer.pem", public_key_pem)
        _put(archive, "manifest.json", json.dumps(said, indent=2) + "\n")
        return [self._log(archive, name, shelf) for name, shelf in zip(names, shelves, strict=True)]

    def _log(self, archive: ZipFile, name: str, shelf: Shelf) -> Packed:
        notes = shelf.notes()
        if not notes:
            return Packed(name, 0, 0, self._count(shelf.log, 0), sound=True)
        newest = notes[-1]
        for kept in notes if self._choice.whole else notes[-1:]:
            _put(archive, f"{name}/checkpoints/{kept.size:020d}.note", kept.note)
        if self._choice.whole:
            with _entry(archive, f"{name}/leaves.bin") as file:
                for hashes in shelf.leaves(newest.size):
                    file.write(hashes)
        try:
            sound = root_of((0, newest.size), shelf.node) == newest.checkpoint.root
        except ValueError:
            sound = False
        count, of = 0, self._count(shelf.log, 0)
        with _entry(archive, f"{name}/events.ndjson") as file:
            for line in self._lines(shelf, newest):
                file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
                count += "data" in line
                if count % ROWS == 0:
                    self._progress(count, of)
        self._progress(count, of)
        return Packed(name, count, newest.size, self._count(shelf.log, newest.position), sound)

    def _lines(self, shelf: Shelf, newest: Kept) -> Iterator[dict[str, Any]]:
        """Yield the events a checkpoint covers; before and after a range, its neighbours without their contents."""
        where, values = self._choice.where()
        span = self._choice.span
        if span:
            yield from self._neighbour(shelf, newest, "position < %s ORDER BY position DESC", span[0])
        query = sql.SQL("SELECT {} FROM {} WHERE {} AND tenant_id = %s AND position <= %s ORDER BY position").format(
            sql.SQL(COLUMNS.decode()), self._relation, where
        )
        with self._connection.transaction(), self._connection.cursor(name="evidence") as cursor:
            cursor.execute(query, [*values, shelf.log.tenant_id, newest.position])
            while found := cursor.fetchmany(ROWS):
                rows = list(map(FeedRow._make, found))
                opened = [{"opened": fields} for fields in self._opener(rows)] if self._opener else [{}] * len(rows)
                for row, clear in zip(rows, opened, strict=True):
                    yield place(row) | contents(row) | clear | self._proof(shelf, newest, row)
        if span:
            yield from self._neighbour(shelf, newest, "position > %s ORDER BY position", span[1])

    def _neighbour(self, shelf: Shelf, newest: Kept, where: str, position: int) -> Iterator[dict[str, Any]]:
        query = sql.SQL("SELECT {} FROM {} WHERE tenant_id = %s AND position <= %s AND {} LIMIT 1").format(
            sql.SQL(COLUMNS.decode()), self._relation, sql.SQL(where)
        )
        for found in self._connection.execute(query, (shelf.log.tenant_id, newest.position, position)):
            row = FeedRow._make(found)
            yield place(row) | digests(row) | self._proof(shelf, newest, row)

    def _proof(self, shelf: Shelf, newest: Kept, row: FeedRow) -> dict[str, Any]:
        """Return an event's index and inclusion proof (-1 and none when the log has no leaf of it)."""
        if self._choice.whole:
            return {}
        index = shelf.index_of(row.position)
        try:
            proof = [] if index is None else inclusion_proof(index, newest.size, shelf.node)
        except ValueError:
            proof = []
        return {"index": -1 if index is None else index, "proof": [step.hex() for step in proof]}

    def _tenants(self) -> list[UUID]:
        """Return whose logs are wanted; of a range all, since one of which nothing is left there must be seen too."""
        if self._choice.tenant_id is not None:
            return [self._choice.tenant_id]
        if self._choice.span is not None:
            logs = "SELECT tenant_id FROM merkle.logs WHERE kind = %s ORDER BY 1"
            return [row[0] for row in self._connection.execute(logs, (self._choice.kind,))]
        where, values = self._choice.where()
        query = sql.SQL("SELECT DISTINCT tenant_id FROM {} WHERE {} ORDER BY 1").format(self._relation, where)
        return [row[0] for row in self._connection.execute(query, values)]

    def _count(self, log: Log, after: int) -> int:
        where, values = self._choice.where()
        query = sql.SQL("SELECT count(*) FROM {} WHERE {} AND tenant_id = %s AND position > %s").format(
            self._relation, where
        )
        row = self._connection.execute(query, [*values, log.tenant_id, after]).fetchone()
        return int(row[0]) if row else 0


def public_key_pem(public_key: bytes) -> str:
    """Return an Ed25519 public key in PEM."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = Ed25519PublicKey.from_public_bytes(public_key)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _entry(archive: ZipFile, name: str) -> IO[bytes]:
    info = ZipInfo(name, STILL)
    info.compress_type, info.external_attr = ZIP_DEFLATED, 0o644 << 16
    return archive.open(info, "w", force_zip64=True)


def _put(archive: ZipFile, name: str, text: str) -> None:
    with _entry(archive, name) as file:
        file.write(text.encode())
