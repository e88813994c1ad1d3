"""Seals a file's content under a person's data key, bound to its tenant, owner and name so that it cannot be moved."""

import os
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg_pool import AsyncConnectionPool

from adapters.postgres.event_store import unavailable
from adapters.postgres.key_store import KeyStore
from adapters.vault.alarms import forged
from adapters.vault.vault import NONCE_BYTES, DataKey
from domain.kernel.errors import Kind, Refused
from domain.kernel.event import Retention

MAGIC = b"CTF\x01"
HEAD = len(MAGIC) + 16 + NONCE_BYTES
RETENTIONS = {"invoices": Retention.BILLING, "identity": Retention.PROFILE, "notices": Retention.PROFILE}
"""Retention class by the first folder of a name; anything else is kept as long as clinical data."""


class FileErased(Refused):
    """The person's data was erased: the file can never be read again."""

    code = "file-erased"
    kind = Kind.GONE


class FileCipher:
    """AES-256-GCM. A sealed file is: magic, id of the key, nonce, ciphertext and tag."""

    def __init__(self, pool: AsyncConnectionPool[Any], keys: KeyStore) -> None:
        self._pool = pool
        self._keys = keys

    async def seal(
        self, tenant_id: UUID, subject_id: UUID, name: str, content: bytes, retention: Retention | None = None
    ) -> bytes:
        """Return the sealed file, under the key of ``retention`` (else of what its name says it holds).

        Raises FileErased, StoreUnavailable.
        """
        key, cipher = await self._key(tenant_id, subject_id, retention or _retention(name))
        nonce = os.urandom(NONCE_BYTES)
        bound = _associated(tenant_id, subject_id, name, key)
        return b"".join((MAGIC, key.key_id.bytes, nonce, cipher.encrypt(nonce, content, bound)))

    async def open(
        self, tenant_id: UUID, subject_id: UUID, name: str, sealed: bytes, retention: Retention | None = None
    ) -> bytes:
        """Return the content. Raises FileErased, Forged (not what was sealed here), StoreUnavailable."""
        key, cipher = await self._key(tenant_id, subject_id, retention or _retention(name))
        head = MAGIC + key.key_id.bytes
        if not sealed.startswith(head):
            raise forged(f"a file of tenant {tenant_id} is not sealed under its owner's key")
        try:
            bound = _associated(tenant_id, subject_id, name, key)
            return cipher.decrypt(sealed[len(head) : HEAD], sealed[HEAD:], bound)
        except (InvalidTag, ValueError):
            raise forged(f"a file of tenant {tenant_id} was altered or moved") from None

    async def _key(self, tenant_id: UUID, subject_id: UUID, retention: Retention) -> tuple[DataKey, AESGCM]:
        owner = (tenant_id, subject_id, retention)
        await unavailable(self._keys.obtain(self._pool, [owner]))
        key = self._keys.vault.key_for(*owner)
        if key.cipher is None:
            raise FileErased("What this file held has been erased.")
        return key, key.cipher


def _retention(name: str) -> Retention:
    return RETENTIONS.get(name.partition("/")[0], Retention.CLINICAL)


def _associated(tenant_id: UUID, subject_id: UUID, name: str, key: DataKey) -> bytes:
    return b"".join((MAGIC, tenant_id.bytes, subject_id.bytes, key.key_id.bytes, name.encode()))
