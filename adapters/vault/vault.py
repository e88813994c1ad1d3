"""Seals and opens: AES-256-GCM under a person's data key, bound to the exact event by its header and its clear data."""

import os
from collections.abc import Iterable, Sequence
from hashlib import sha256
from time import monotonic
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.vault.alarms import Forged, UnknownKey, forged
from adapters.vault.cache import Cache
from application.ports.event_store import StoreUnavailable
from domain.kernel.errors import Kind, Refused
from domain.kernel.event import Erased, Retention

FORMAT = b"\x01"
NONCE_BYTES, DIGEST_BYTES = 12, 32
HEAD = len(FORMAT) + DIGEST_BYTES + NONCE_BYTES
#: A key about to expire is fetched again, so that none expires between asking for it and using it.
MARGIN = 60.0
#: Whoever asks for keys first looks for revocations when the last look is older than this, and so uses none later than
#: a second after it was revoked; a vault that has not looked for longer than the second figure opens and seals nothing.
STALE_SECONDS, DEAF_SECONDS = 0.8, 2.0
_ERASED = f'"kind":"{Erased.__struct_config__.tag}"'

Owner = tuple[UUID, UUID, Retention]
"""Tenant, subject and retention class: each such triple has one data key."""


class PersonErased(Refused):
    """The person's data is erased, or closed until it is: nothing can be added to it."""

    code = "person-erased"
    kind = Kind.GONE


class Header(NamedTuple):
    """Where an envelope belongs."""

    tenant_id: UUID
    stream_id: UUID
    version: int
    type: str
    schema_version: int


class DataKey(NamedTuple):
    """A person's key for one retention class; ``cipher`` is None once it has been destroyed, or while it is closed.

    A tenant's own key carries what its search tokens are made with.
    """

    key_id: UUID
    cipher: AESGCM | None
    search_key: bytes | None = None


def associated(header: Header, key_id: UUID, digest: bytes) -> bytes:
    """Return the associated data: the header's fields, the key's id and the SHA-256 of the event's clear data."""
    topic = header.type.encode()
    return b"".join((FORMAT, header.tenant_id.bytes, header.stream_id.bytes, header.version.to_bytes(8, "big"),
                     len(topic).to_bytes(2, "big"), topic, header.schema_version.to_bytes(4, "big"),
                     key_id.bytes, digest))  # fmt: skip


class Revoked(NamedTuple):
    """Keys that memory must forget."""

    owners: Sequence[Owner]
    key_ids: Sequence[UUID]


class Vault:
    """Holds opened data keys in memory for a while; never anything it sealed.

    A key revoked elsewhere (destroyed, or closed because an erasure was asked for) is in use here for a second at most;
    without news of revocations nothing is opened or sealed at all.
    """

    def __init__(self) -> None:
        self._by_owner: Cache[Owner, DataKey] = Cache()
        self._by_id: Cache[UUID, DataKey] = Cache()
        self._heard_at = float("-inf")
        self.heard: int | None = None

    def missing(self, owners: Iterable[Owner]) -> list[Owner]:
        """Return the owners whose keys are not in memory, each once."""
        return [owner for owner in dict.fromkeys(owners) if self._by_owner.get(owner, for_seconds=MARGIN) is None]

    def missing_ids(self, key_ids: Iterable[UUID | None]) -> list[UUID]:
        """Return the key ids that are not in memory, each once."""
        wanted = (key for key in dict.fromkeys(key_ids) if key is not None)
        return [key for key in wanted if self._by_id.get(key, for_seconds=MARGIN) is None]

    def learn(self, keys: dict[Owner, DataKey], as_of: int) -> bool:
        """Keep keys that were read when revocation ``as_of`` was the last; False when more have been heard of since."""
        if self.heard is None or as_of < self.heard:
            return False
        for owner, key in keys.items():
            self._by_owner.put(owner, key)
            self._by_id.put(key.key_id, key)
        return True

    def hear(self, after: int | None, latest: int, revoked: Iterable[Revoked], looked_at: float) -> None:
        """Forget what was revoked from ``after`` up to ``latest``, as asked at the monotonic time ``looked_at``.

        Numbers that run backwards mean another database, or an older state of it: then everything is forgotten.
        """
        if after is not None and latest < after:
            self.forget()
            self.heard = latest
        for owners, key_ids in revoked:
            self.drop(owners, key_ids)
        self._by_owner.sweep()
        self._by_id.sweep()
        self.heard = max(self.heard or 0, latest)
        self._heard_at = max(self._heard_at, looked_at)

    def stale(self) -> bool:
        """Whether it is time to look for revocations before a key is used."""
        return monotonic() - self._heard_at > STALE_SECONDS

    def drop(self, owners: Iterable[Owner], key_ids: Iterable[UUID]) -> None:
        """Drop keys from memory."""
        for owner in owners:
            self._by_owner.drop(owner)
        for key_id in key_ids:
            self._by_id.drop(key_id)

    def forget(self) -> None:
        """Drop every key from memory."""
        self._by_owner.clear()
        self._by_id.clear()

    def key_for(self, tenant_id: UUID, subject_id: UUID, retention: Retention) -> DataKey:
        """Return the key in memory for an owner, or raise UnknownKey when it was not obtained first."""
        key = self._by_owner.get((tenant_id, subject_id, retention))
        if key is None:
            raise UnknownKey("a data key was not obtained before sealing")
        return key

    def seal(self, key: DataKey, header: Header, data: bytes, personal: bytes) -> bytes:
        """Return the envelope of ``personal``: format byte, SHA-256 of the clear ``data``, nonce, ciphertext and tag.

        It carries the digest so that a read model can open it without the clear data it vouches for.
        Raises PersonErased when the key is destroyed or closed, StoreUnavailable without news of revocations.
        """
        self._listening()
        if key.cipher is None:
            raise PersonErased("The data of this person is erased or about to be: nothing can be added to it.")
        nonce, digest = os.urandom(NONCE_BYTES), sha256(data).digest()
        return b"".join((FORMAT, digest, nonce,
                         key.cipher.encrypt(nonce, personal, associated(header, key.key_id, digest))))  # fmt: skip

    def open(self, header: Header, key_id: UUID, sealed: bytes) -> str | None:
        """Return the plaintext of an envelope, None when its key is destroyed or closed.

        Raises UnknownKey, Forged, StoreUnavailable.
        """
        self._listening()
        key = self._by_id.get(key_id)
        if key is None:
            raise UnknownKey(f"no key {key_id}")
        if key.cipher is None:
            return None
        if sealed[:1] != FORMAT or len(sealed) < HEAD:
            raise forged("unknown envelope format")
        digest, nonce, ciphertext = sealed[1 : 1 + DIGEST_BYTES], sealed[1 + DIGEST_BYTES : HEAD], sealed[HEAD:]
        try:
            return key.cipher.decrypt(nonce, ciphertext, associated(header, key_id, digest)).decode()
        except (InvalidTag, OverflowError):  # a version below zero was never sealed
            raise _forged(header) from None

    def open_row(
        self, header: Header, key_id: UUID | None, sealed: bytes | None, data: bytes, fields: Sequence[str]
    ) -> str | None:
        """Return the personal JSON object of a stored event (its fields, each Erased; None without any), after seeing
        that ``data`` is what was sealed with it. Raises UnknownKey, Forged."""
        if sealed is None or key_id is None:
            raise _forged(header)
        opened = self.open(header, key_id, sealed)
        if sealed[1 : 1 + DIGEST_BYTES] != sha256(data).digest():
            raise _forged(header)
        if not fields:
            return None
        if opened is None:
            return "{" + ",".join(f'"{name}":{{{_ERASED}}}' for name in fields) + "}"
        return opened

    def _listening(self) -> None:
        if monotonic() - self._heard_at > DEAF_SECONDS:
            raise StoreUnavailable("Whether this may be read cannot be made sure of now.")


def _forged(header: Header) -> Forged:
    return forged(f"version {header.version} of stream {header.stream_id} is not genuine")
