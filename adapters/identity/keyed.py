"""Keyed hashes: of e-mail addresses and of codes, under a key derived from the platform's own."""

import hmac
from typing import Any
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from adapters.cache.cache import Cache, Made
from adapters.cache.entry import Kept, Place
from adapters.cache.families import USER_EMAIL
from adapters.codec.mapper import TENANTS_OWN
from adapters.postgres.event_store import unavailable
from adapters.postgres.key_store import KeyStore
from application.ports.event_store import EventStore
from domain.identity.platform import PLATFORM
from domain.kernel.unique import UniqueKey

OWNER = (PLATFORM, PLATFORM, TENANTS_OWN)
EMAIL = "email"


class KeyedHashes:
    """HMAC-SHA-256 for one purpose at a time. Without the key nobody can try which address a hash is of."""

    def __init__(self, pool: AsyncConnectionPool[Any], keys: KeyStore) -> None:
        self._pool = pool
        self._keys = keys

    async def of(self, purpose: str, text: str) -> bytes:
        """Return the hash. Raises StoreUnavailable."""
        await unavailable(self._keys.obtain(self._pool, [OWNER]))
        key = self._keys.vault.key_for(*OWNER).search_key
        assert key is not None, "the platform's own key carries it"
        return hmac.digest(key, f"identity/{purpose}\0{text}".encode(), "sha256")


class KeyedAccounts:
    """Accounts by the keyed hash of their address, which is a unique key in the platform's tenant.

    That an address has an account is kept as long as that it has none, and found the same way: how long an answer takes
    does not tell. An address is never given back, so only that there is none can change, by the next that registers.
    """

    def __init__(self, hashes: KeyedHashes, store: EventStore, cache: Cache) -> None:
        self._hashes = hashes
        self._store = store
        self._cache = cache

    async def key(self, email: str) -> UniqueKey:
        """Return the unique key of an address."""
        return UniqueKey(EMAIL, (await self._hashes.of(EMAIL, email)).hex())

    async def holder(self, email: str) -> UUID | None:
        """Return whose account has an address."""
        key = await self.key(email)

        async def look() -> Made:
            found = (await self._store.holders(PLATFORM, [key])).get(key)
            return Made(Kept(found.bytes if found else b""), lasting=found is not None)

        found = (await self._cache.get(Place(USER_EMAIL, PLATFORM, None, key.key), look)).body
        return UUID(bytes=found) if found else None
