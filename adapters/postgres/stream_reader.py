"""Streams read back: with sealed fields opened for documents and replay, and ciphertexts opened for queries."""

from collections.abc import Callable, Sequence, Set
from copy import copy
from typing import Any, Self
from uuid import UUID

import msgspec
from psycopg_pool import AsyncConnectionPool

from adapters.codec.codec import Codec
from adapters.codec.mapper import TENANTS_OWN
from adapters.postgres.event_store import unavailable
from adapters.postgres.feed import COLUMNS
from adapters.postgres.key_store import KeyStore
from adapters.postgres.lanes import Lanes
from adapters.postgres.opening import recorded
from adapters.vault.tokens import TOKEN_BITS, tokens_of
from adapters.vault.vault import Header
from domain.kernel.recorded import Recorded, SealedCopy
from projections.kernel.feed import FeedRow

_STREAM = b"SELECT " + COLUMNS + b" FROM event_store.events WHERE stream_id = %s AND tenant_id = %s ORDER BY version"

Saw = Callable[[Set[UUID]], None]


class PostgresStreams:
    """StreamReader for the application, Opener for the read models' queries."""

    def __init__(
        self, lanes: Lanes, key_pool: AsyncConnectionPool[Any], codec: Codec, keys: KeyStore, bits: int = TOKEN_BITS
    ) -> None:
        self._lanes = lanes
        self._key_pool = key_pool
        self._codec = codec
        self._keys = keys
        self._bits = bits
        self._saw: Saw | None = None

    def watched(self, saw: Saw) -> Self:
        """Return a reader that tells ``saw`` whom events are about before anyone gets them."""
        watched = copy(self)
        watched._saw = saw
        return watched

    async def read(self, tenant_id: UUID, stream_id: UUID, *, opened: bool) -> list[Recorded]:
        """Return a stream's events in order; [] when the tenant has no such stream."""
        asked = self._lanes.ask(_STREAM, (stream_id, tenant_id), tenant_id)
        rows = [FeedRow._make(row) for row in (await unavailable(asked)).rows]
        return await self.recorded(tenant_id, rows, lambda _: opened)

    async def open(self, tenant_id: UUID, copies: Sequence[SealedCopy]) -> list[dict[str, Any] | None]:
        """Return the personal fields of each ciphertext; {} when it has none, None when erased."""
        await unavailable(self._keys.fetch(self._key_pool, tenant_id, [copy.key_id for copy in copies]))
        vault = self._keys.vault
        result: list[dict[str, Any] | None] = []
        for sealed, key_id, stream_id, version, topic, schema in copies:
            if sealed is None or key_id is None:
                result.append({})
                continue
            text = vault.open(Header(tenant_id, stream_id, version, topic, schema), key_id, sealed)
            result.append(None if text is None else msgspec.json.decode(text))
        return result

    async def recorded(
        self, tenant_id: UUID, rows: Sequence[FeedRow], may_open: Callable[[str], bool]
    ) -> list[Recorded]:
        """Return a tenant's rows decoded; sealed fields of topics that ``may_open`` names are opened, all keys at once.

        Raises what opening raises: UnknownKey, Forged, StoreUnavailable.
        """
        if self._saw is not None:
            self._saw({row.subject_id for row in rows if row.subject_id is not None})
        opening = {topic for topic in {row.type for row in rows} if may_open(topic)}
        wanted = [row.key_id for row in rows if row.type in opening]
        await unavailable(self._keys.fetch(self._key_pool, tenant_id, wanted))
        vault = self._keys.vault
        return [recorded(row, self._codec, vault, opened=row.type in opening) for row in rows]

    async def tokens(self, tenant_id: UUID, terms: Sequence[tuple[str, str]]) -> list[int]:
        """Return the search tokens of terms (field, value)."""
        owner = (tenant_id, tenant_id, TENANTS_OWN)
        await unavailable(self._keys.obtain(self._key_pool, [owner]))
        return tokens_of(self._keys.vault.key_for(*owner).search_key, terms, self._bits)
