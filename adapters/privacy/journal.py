"""The erasure journal as a file: one JSON line per destroyed key, appended and synced before the key goes."""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

from application.ports.erasure_journal import JournalEntry
from domain.kernel.event import Retention


class CannotServe(Exception):
    """Erased data might be readable here, or recorded data be lost: nothing may be served before that is mended."""


class JournalDamaged(CannotServe):
    """A line of the journal cannot be read: which keys must stay destroyed is not known."""


class Line(msgspec.Struct, frozen=True):
    """A line, as it is written."""

    tenant: UUID
    subject: UUID
    retention: Retention
    key: UUID
    at: datetime


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Line).decode


class JournalFile:
    """ErasureJournal over a file. Several processes may write; what a crash left half written is taken away."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def note(self, entry: JournalEntry) -> None:
        """Add the entry unless its key is there already; it is on the disk when this returns."""
        await asyncio.to_thread(self.note_now, entry)

    def note_now(self, entry: JournalEntry) -> None:
        """As :meth:`note`."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = Line(entry.tenant_id, entry.subject_id, entry.retention, entry.key_id, entry.at)
        with self._locked() as handle:
            content, torn = _lines(handle)
            if f'"{entry.key_id}"'.encode() in content:
                return
            if torn:
                os.ftruncate(handle, len(content))
            _write(handle, _encode(line) + b"\n")
            os.fsync(handle)
        _sync(self.path.parent)

    def entries(self) -> list[JournalEntry]:
        """Return every entry. Raises JournalDamaged."""
        if not self.path.exists():
            return []
        with self._locked() as handle:
            return list(_entries(_lines(handle)[0]))

    @contextmanager
    def _locked(self) -> Iterator[int]:
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)


def _lines(handle: int) -> tuple[bytes, bool]:
    """Return the complete lines, and whether something follows them: that was never acknowledged."""
    os.lseek(handle, 0, os.SEEK_SET)
    parts = []
    while part := os.read(handle, 1 << 20):
        parts.append(part)
    content = b"".join(parts)
    whole = content[: content.rfind(b"\n") + 1]
    return whole, len(whole) < len(content)


def _entries(content: bytes) -> Iterator[JournalEntry]:
    for number, text in enumerate(content.splitlines(), 1):
        try:
            line = _decode(text)
        except msgspec.MsgspecError:
            raise JournalDamaged(f"line {number} of the erasure journal cannot be read") from None
        yield JournalEntry(line.tenant, line.subject, line.retention, line.key, line.at)


def _write(handle: int, content: bytes) -> None:
    while content:
        content = content[os.write(handle, content) :]


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
