"""Links by the keyed hash of issuer and subject: that is all that the unique key leading to an account holds."""

from uuid import UUID

from adapters.identity.keyed import KeyedHashes
from application.ports.event_store import EventStore
from domain.identity.platform import PLATFORM
from domain.identity.user import link_key
from domain.kernel.ids import derived_id


class KeyedLinks:
    """Links over the event store."""

    def __init__(self, hashes: KeyedHashes, store: EventStore) -> None:
        self._hashes = hashes
        self._store = store

    async def id_of(self, issuer: str, subject: str) -> UUID:
        """Return the hash."""
        return await self._hashed("identity", issuer, subject)

    async def holder(self, link_id: UUID) -> UUID | None:
        """Ask who holds the unique key."""
        key = link_key(link_id)
        return (await self._store.holders(PLATFORM, [key])).get(key)

    async def session_mark(self, issuer: str, session: str) -> UUID:
        """Return the hash."""
        return await self._hashed("provider-session", issuer, session)

    async def _hashed(self, purpose: str, issuer: str, what: str) -> UUID:
        made = await self._hashes.of(purpose, f"{issuer}\0{what}")
        return derived_id(purpose, made.hex())
