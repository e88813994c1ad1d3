"""What keyed read models ask of whoever holds keys: events opened, words as tokens."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg

from adapters.codec.codec import Codec
from adapters.codec.mapper import TENANTS_OWN
from adapters.postgres.key_store import KeyStore
from adapters.postgres.opening import recorded
from adapters.vault.tokens import TOKEN_BITS, tokens_of
from application.ports.event_store import StoreUnavailable
from application.ports.key_management import KeyManagementUnavailable
from domain.kernel.recorded import Recorded
from projections.kernel.feed import FeedRow
from projections.kernel.keyed import Term


class IndexKeys:
    """Keys over a connection of its own: a key made here stands, whatever becomes of the consumer's transaction.

    ``keys`` opens closed ones too: nothing here is shown to anyone, and what was closed may be opened again.
    """

    def __init__(
        self, connection: psycopg.Connection[Any], codec: Codec, keys: KeyStore, bits: int = TOKEN_BITS
    ) -> None:
        self._connection = connection
        self._codec = codec
        self._keys = keys
        self._bits = bits

    def opened(self, rows: Sequence[FeedRow]) -> list[Recorded]:
        """Return the events with their personal fields opened. Raises UnknownKey, Forged, psycopg.OperationalError."""
        with _in_reach():
            self._keys.fetch_now(self._connection, [row.key_id for row in rows])
            return [recorded(row, self._codec, self._keys.vault, opened=True) for row in rows]

    def tokens(self, tenant_id: UUID, terms: Sequence[Term]) -> list[int]:
        """Return the tokens of terms. Raises psycopg.OperationalError."""
        owner = (tenant_id, tenant_id, TENANTS_OWN)
        with _in_reach():
            self._keys.obtain_now(self._connection, [owner])
        return tokens_of(self._keys.vault.key_for(*owner).search_key, terms, self._bits)


@contextmanager
def _in_reach() -> Iterator[None]:
    """Let keys that cannot be had now be a server that is away: that is no fault of the event at hand."""
    try:
        yield
    except (KeyManagementUnavailable, StoreUnavailable) as error:
        raise psycopg.OperationalError("keys cannot be reached now") from error
