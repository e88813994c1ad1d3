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

from adapters.evidence.choice import Choice
from adapters.evidence.lines import contents, digests, place
from adapters.evidence.proofs import Log
from adapters.evidence.shelf import Kept, Shelf
from adapters.merkle.kinds import TOP_KIND, TOP_TENANT
from adapters.merkle.tree import inclusion_proof, root_of
from adapters.postgres.feed import COLUMNS
from projections.kernel.feed import FeedRow

ROWS = 1000
STILL = (1980, 1, 1, 0, 0, 0)  # the same history makes the same bytes
NO_TILE = (KeyError, ValueError)
SHIPPED = {
    "README.md": ("adapters.evidence", "AUDITOR.md"),
    "FORMAT.md": ("adapters.merkle", "FORMAT.md"),
    "verify.py": ("adapters.evidence", "verify.py"),
}
Opener = Callable[[Sequence[FeedRow]], Sequence[Any]]
"""Gives the personal fields of rows in the clear, for whoever may see them."""


class Packed(NamedTuple):
    """What went into a bundle of one log. ``uncovered``: chosen events that no checkpoint covers yet, left out.

    ``sound``: whether the events are the leaves of the log, and these lead to the newest checkpoint; if not, the
    bundle will say where not.
    """

    log: str
    events: int
    size: int
    uncovered: int
    sound: bool


class Bundle:
    """A bundle being written. Checkpoints and leaves come from the folder ``outside`` as far as that has them."""

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
        self._columns = sql.SQL(COLUMNS.decode())

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
        logs = [Log(self._choice.kind, tenant) for tenant in self._tenants()]
        names = [f"{log.kind}/{log.tenant_id}" for log in logs]
        said = {"format": 1, "selection": self._choice.said(), "opened": self._opener is not None, "logs": names}
        for name, (package, resource) in SHIPPED.items():
            _put(archive, name, files(package).joinpath(resource).read_text())
        _put(archive, "signer.pem", public_key_pem)
        _put(archive, "manifest.json", json.dumps(said, indent=2) + "\n")
        top = Shelf(self._connection, Log(TOP_KIND, TOP_TENANT), self._outside)
        return [self._log(archive, name, log, top) for name, log in zip(names, logs, strict=True)]

    def _log(self, archive: ZipFile, name: str, log: Log, top: Shelf) -> Packed:
        shelf = Shelf(self._connection, log, self._outside)
        if not shelf.notes:
            return Packed(name, 0, 0, self._count(log, 0), sound=True)
        newest = shelf.notes[-1]
        for kept in shelf.notes if self._choice.whole else [newest]:
            _put(archive, f"{name}/checkpoints/{kept.size:020d}.note", kept.note)
        _put_top(archive, name, newest, top)
        if self._choice.whole:
            with _entry(archive, f"{name}/leaves.bin") as file:
                for hashes in shelf.leaves(newest.size):
                    file.write(hashes)
        count, of, sound = 0, self._count(log, 0), _leads_to(shelf, newest)
        with _entry(archive, f"{name}/events.ndjson") as file:
            for line, genuine in self._lines(shelf, newest):
                sound = sound and genuine
                file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
                count += "data" in line
                if count % ROWS == 0:
                    self._progress(count, of)
        uncovered = self._count(log, newest.position)
        self._progress(count + uncovered, of)
        return Packed(name, count, newest.size, uncovered, sound and (count == newest.size or not self._choice.whole))

    def _lines(self, shelf: Shelf, newest: Kept) -> Iterator[tuple[dict[str, Any], bool]]:
        """Yield the events a checkpoint covers, and whether each is the log's leaf in its place; before and after a
        range, its neighbours without their contents."""
        count = 0
        where, values = self._choice.where()
        span = self._choice.span
        if span:
            yield from self._neighbour(shelf, newest, "position < %s ORDER BY position DESC", span[0])
        query = sql.SQL("SELECT {} FROM {} WHERE {} AND tenant_id = %s AND position <= %s ORDER BY position").format(
            self._columns, self._choice.relation, where
        )
        with self._connection.transaction(), self._connection.cursor(name="evidence") as cursor:
            cursor.execute(query, [*values, shelf.log.tenant_id, newest.position])
            while found := cursor.fetchmany(ROWS):
                rows = list(map(FeedRow._make, found))
                opened = [{"opened": fields} for fields in self._opener(rows)] if self._opener else [{}] * len(rows)
                for row, clear in zip(rows, opened, strict=True):
                    index = count if self._choice.whole else shelf.index_of(row.position)
                    yield place(row) | contents(row) | clear | self._proof(shelf, newest, index), shelf.has(index, row)
                    count += 1
        if span:
            yield from self._neighbour(shelf, newest, "position > %s ORDER BY position", span[1])

    def _neighbour(
        self, shelf: Shelf, newest: Kept, where: str, position: int
    ) -> Iterator[tuple[dict[str, Any], bool]]:
        query = sql.SQL("SELECT {} FROM {} WHERE tenant_id = %s AND position <= %s AND {} LIMIT 1").format(
            self._columns, self._choice.relation, sql.SQL(where)
        )
        for found in self._connection.execute(query, (shelf.log.tenant_id, newest.position, position)):
            row = FeedRow._make(found)
            index = shelf.index_of(row.position)
            yield place(row) | digests(row) | self._proof(shelf, newest, index), shelf.has(index, row)

    def _proof(self, shelf: Shelf, newest: Kept, index: int | None) -> dict[str, Any]:
        """Return an event's index and inclusion proof (-1 and none when the log has no leaf of it)."""
        if self._choice.whole:
            return {}
        try:
            proof = [] if index is None else inclusion_proof(index, newest.size, shelf.node)
        except NO_TILE:
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
        query = sql.SQL("SELECT DISTINCT tenant_id FROM {} WHERE {} ORDER BY 1").format(self._choice.relation, where)
        return [row[0] for row in self._connection.execute(query, values)]

    def _count(self, log: Log, after: int) -> int:
        where, values = self._choice.where()
        query = sql.SQL("SELECT count(*) FROM {} WHERE {} AND tenant_id = %s AND position > %s").format(
            self._choice.relation, where
        )
        row = self._connection.execute(query, [*values, log.tenant_id, after]).fetchone()
        return int(row[0]) if row else 0


def public_key_pem(public_key: bytes) -> str:
    """Return an Ed25519 public key in PEM."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = Ed25519PublicKey.from_public_bytes(public_key)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _leads_to(shelf: Shelf, kept: Kept) -> bool:
    try:
        return root_of((0, kept.size), shelf.node) == kept.checkpoint.root
    except NO_TILE:
        return False


def _put_top(archive: ZipFile, name: str, kept: Kept, top: Shelf) -> None:
    """Put in where a checkpoint stands in the top log, under a timestamp if there is one, else under the newest."""
    leaf = int(kept.checkpoint.extension("leaf") or -1)
    over = [one for one in top.notes if one.size > leaf >= 0]
    stamped = next(((one, stamp) for one in over if (stamp := top.timestamp(one.size))), None)
    if not over:
        return
    one, stamp = stamped or (over[-1], None)
    try:
        proof = inclusion_proof(leaf, one.size, top.node)
    except NO_TILE:
        proof = []
    _put(archive, f"{name}/top.note", one.note)
    _put(archive, f"{name}/top.json", json.dumps({"index": leaf, "proof": [step.hex() for step in proof]}) + "\n")
    if stamp is not None:
        with _entry(archive, f"{name}/top.tsr") as file:
            file.write(stamp)


def _entry(archive: ZipFile, name: str) -> IO[bytes]:
    info = ZipInfo(name, STILL)
    info.compress_type, info.external_attr = ZIP_DEFLATED, 0o644 << 16
    return archive.open(info, "w", force_zip64=True)


def _put(archive: ZipFile, name: str, text: str) -> None:
    with _entry(archive, name) as file:
        file.write(text.encode())
