"""One entry: what it was made from, in the clear but vouched for, and the value, compressed and sealed."""

import zlib
from typing import NamedTuple
from uuid import UUID

import msgspec

from adapters.cache.families import Family
from adapters.codec.mapper import TENANTS_OWN
from adapters.files.sealing import FileCipher, FileErased
from adapters.vault.alarms import Forged
from domain.kernel.event import Retention

PREFIX = "caretrail:cache"
#: Shorter values are not worth the work; level 1 takes a third of the time of the usual one for nearly the same.
COMPRESSED_FROM, LEVEL = 1024, 1


class Kept(msgspec.Struct, array_like=True, frozen=True):
    """A value. ``people``: whose data came into view when it was made; ``version``, or of a page ``total`` and ``last``
    (what its last row is sorted by, and its key): what goes beside it."""

    body: bytes
    people: tuple[UUID, ...] = ()
    version: int | None = None
    total: int | None = None
    last: tuple[str, str] | None = None


class Head(msgspec.Struct, array_like=True, frozen=True):
    """``position``: every event up to it is in the value; ``lasting``: no event changes it."""

    eras: tuple[str, ...]
    position: int
    lasting: bool
    compressed: bool


class Place(NamedTuple):
    """Where a value belongs: to a family, a tenant, a person (or none), and, of theirs, to ``which``."""

    family: Family
    tenant_id: UUID
    person_id: UUID | None
    which: str

    @property
    def key(self) -> str:
        """The name it is kept under."""
        return f"{PREFIX}:{self.family.name}:{self.tenant_id}:{self.person_id or '-'}:{self.which}"

    @property
    def tags(self) -> list[str]:
        """The names of the marks it is held against."""
        return [f"{PREFIX}:mark:{tag}" for tag in self.family.tags(self.tenant_id, self.person_id)]

    @property
    def eras(self) -> list[str]:
        """The names of the eras of the consumers it comes from."""
        return [era_of(source.consumer) for source in self.family.sources]


def era_of(consumer: str) -> str:
    """Return the name under which a consumer says since when it has told every change."""
    return f"{PREFIX}:era:{consumer}"


_encode = msgspec.msgpack.Encoder().encode
_decode_head = msgspec.msgpack.Decoder(Head).decode
_decode_kept = msgspec.msgpack.Decoder(Kept).decode


class Entries:
    """Makes entries and opens them."""

    def __init__(self, cipher: FileCipher) -> None:
        self._cipher = cipher

    async def closed(self, place: Place, eras: tuple[str, ...], position: int, kept: Kept, lasting: bool) -> bytes:
        """Return the entry. Raises FileErased."""
        content = _encode(kept)
        compressed = place.family.compressed and len(content) >= COMPRESSED_FROM
        head = _encode(Head(eras, position, lasting, compressed))
        content = zlib.compress(content, LEVEL) if compressed else content
        subject, retention = _owner(place)
        sealed = await self._cipher.seal(place.tenant_id, subject, _name(place, head), content, retention)
        return len(head).to_bytes(2, "big") + head + sealed

    @staticmethod
    def head(entry: bytes) -> Head | None:
        """Return what an entry says it was made from, which is believed once it has been opened; None of another's."""
        try:
            return _decode_head(_split(entry)[0])
        except msgspec.MsgspecError:
            return None

    async def opened(self, place: Place, entry: bytes) -> Kept | None:
        """Return the value; None when the person is erased or about to be, or when it was not made here for here."""
        head, sealed = _split(entry)
        subject, retention = _owner(place)
        try:
            content = await self._cipher.open(place.tenant_id, subject, _name(place, head), sealed, retention)
            return _decode_kept(zlib.decompress(content) if _decode_head(head).compressed else content)
        except (FileErased, Forged):
            return None


def _split(entry: bytes) -> tuple[bytes, bytes]:
    end = 2 + int.from_bytes(entry[:2], "big")
    return entry[2:end], entry[end:]


def _owner(place: Place) -> tuple[UUID, Retention]:
    if place.family.retention is None or place.person_id is None:
        return place.tenant_id, TENANTS_OWN
    return place.person_id, place.family.retention


def _name(place: Place, head: bytes) -> str:
    return f"{place.key}#{head.hex()}"
