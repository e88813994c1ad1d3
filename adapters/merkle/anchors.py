"""The folder outside: notes, and the leaves they cover, in files that are written once; laid out as in FORMAT.md."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from struct import Struct
from typing import NamedTuple
from uuid import UUID

from adapters.merkle.kinds import TOP_KIND, TOP_TENANT
from adapters.merkle.tree import TILE_WIDTH, Tile

_PLACE = Struct(">q16sq")
NOTE, TIMESTAMP = ".note", ".tsr"


class Conflict(Exception):
    """Something else lies there already: two histories were told, or someone has been at the folder."""


class Place(NamedTuple):
    """Where a leaf's row stands; stream and version are None where only the position is known."""

    position: int
    stream_id: UUID | None = None
    version: int | None = None


class Anchors:
    """Reads and adds to the folder; nothing in it is ever replaced."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def logs(self) -> Iterator[tuple[str, UUID]]:
        """Yield the (kind, tenant) of every log there is something of, but the top log."""
        for kind in sorted(p.name for p in self._root.iterdir() if p.is_dir()) if self._root.is_dir() else []:
            if kind != TOP_KIND:
                yield from ((kind, UUID(p.name)) for p in sorted((self._root / kind).iterdir()) if _is_uuid(p.name))

    def notes(self, kind: str, tenant_id: UUID, *, newest_first: bool = False) -> Iterator[tuple[Path, str]]:
        """Yield every note of a log with its file, the smallest first unless said otherwise."""
        for path in sorted((self._log(kind, tenant_id) / "checkpoints").glob(f"*{NOTE}"), reverse=newest_first):
            yield path, path.read_text(errors="replace")

    def add_note(self, kind: str, tenant_id: UUID, size: int, note: str) -> None:
        """Add a note. Raises Conflict."""
        self._add(self._checkpoint(kind, tenant_id, size, NOTE), note.encode())

    def add_timestamp(self, kind: str, tenant_id: UUID, size: int, response: bytes) -> None:
        """Add a timestamp over a note, unless there is one."""
        path = self._checkpoint(kind, tenant_id, size, TIMESTAMP)
        if not path.exists():
            self._add(path, response)

    def timestamp(self, kind: str, tenant_id: UUID, size: int) -> bytes | None:
        """Return the timestamp over a note."""
        path = self._checkpoint(kind, tenant_id, size, TIMESTAMP)
        return path.read_bytes() if path.exists() else None

    def has_tile(self, kind: str, tenant_id: UUID, number: int, width: int) -> bool:
        """Whether a tile of that width is there."""
        return self._tile(kind, tenant_id, number, width).exists()

    def add_tile(self, kind: str, tenant_id: UUID, number: int, hashes: bytes, places: Sequence[Place]) -> None:
        """Add a level-0 tile, full or partial, and the places of its rows. Raises Conflict."""
        width = len(hashes) // 32
        if places:
            packed = b"".join(_PLACE.pack(p, s.bytes if s else bytes(16), v or 0) for p, s, v in places)
            self._add(self._places(kind, tenant_id, number, width), packed)
        self._add(self._tile(kind, tenant_id, number, width), hashes)

    def hashes(self, kind: str, tenant_id: UUID, number: int, width: int) -> bytes | None:
        """Return a tile's hashes; None when it is not there whole."""
        try:
            hashes = self._tile(kind, tenant_id, number, width).read_bytes()
        except FileNotFoundError:
            return None
        return hashes if len(hashes) == width * 32 else None

    def tile(self, kind: str, tenant_id: UUID, number: int, width: int) -> tuple[bytes, list[Place]] | None:
        """Return a tile's hashes and places; None when it is not there whole."""
        tile, places = self._tile(kind, tenant_id, number, width), self._places(kind, tenant_id, number, width)
        if not (tile.exists() and places.exists()):
            return None
        hashes, packed = tile.read_bytes(), places.read_bytes()
        if len(hashes) != width * 32 or len(packed) != width * _PLACE.size:
            return None
        return hashes, [Place(p, UUID(bytes=s), v) for p, s, v in _PLACE.iter_unpack(packed)]

    def _log(self, kind: str, tenant_id: UUID) -> Path:
        return self._root / kind if tenant_id == TOP_TENANT else self._root / kind / str(tenant_id)

    def _checkpoint(self, kind: str, tenant_id: UUID, size: int, ending: str) -> Path:
        return self._log(kind, tenant_id) / "checkpoints" / f"{size:020d}{ending}"

    def _tile(self, kind: str, tenant_id: UUID, number: int, width: int) -> Path:
        return self._log(kind, tenant_id) / "tile" / _numbered(Tile(0, number).path, width)

    def _places(self, kind: str, tenant_id: UUID, number: int, width: int) -> Path:
        return self._log(kind, tenant_id) / "places" / _numbered(Tile(0, number).path.removeprefix("0/"), width)

    def _add(self, path: Path, content: bytes) -> None:
        """Write a file that appears whole or not at all and is on disk before anybody is told; never over another."""
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, made = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(file.fileno(), 0o444)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            try:
                path.hardlink_to(made)
            except FileExistsError:
                if path.read_bytes() != content:
                    raise Conflict(f"{path.relative_to(self._root)} is there already and says something else") from None
        finally:
            os.unlink(made)
        _sync(path.parent)


def _numbered(path: str, width: int) -> str:
    return path if width == TILE_WIDTH else f"{path}.p/{width}"


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_uuid(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False
