"""Opens personal fields for a bundle, for whoever may see them; what cannot be opened says why in a word."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import psycopg
from uuid_utils.compat import uuid7

from adapters.codec.codec import Codec
from adapters.postgres.key_store import KeyStore
from adapters.settings import Settings
from adapters.vault.alarms import Forged, UnknownKey
from adapters.vault.root_key import RootKeyFile
from adapters.vault.vault import Header, Vault
from application.ports.event_store import UnknownTopic
from domain.catalogue import EVENTS
from projections.kernel.feed import FeedRow

WITHHELD, FORGED, UNKNOWN = "withheld", "forged", "unknown"


class PersonalFields:
    """Gives of each row its personal fields (erased ones as erased), None when it has none, or why not.

    "withheld": ``may_open`` says no to its type; "forged": it is not what was sealed; "unknown": there never was such
    a key or type.
    """

    def __init__(
        self, connection: psycopg.Connection[Any], settings: Settings, may_open: Callable[[str], bool]
    ) -> None:
        self._connection = connection
        self._keys = KeyStore(RootKeyFile(settings.root_key_path), Vault(), uuid7)
        self._codec = Codec(EVENTS)
        self._may_open = may_open

    def __call__(self, rows: Sequence[FeedRow]) -> list[Any]:
        """Return one answer per row."""
        return [self._opened(row) for row in rows]

    def _opened(self, row: FeedRow) -> Any:
        header = Header(row.tenant_id, row.stream_id, row.version, row.type, row.schema_version)
        try:
            fields = self._codec.sealed(row.type)
            if not fields:
                return None
            if not self._may_open(row.type):
                return WITHHELD
            self._keys.fetch_now(self._connection, [row.key_id])
            opened = self._keys.vault.open_row(header, row.key_id, row.sealed, row.data.encode(), fields)
        except (UnknownKey, UnknownTopic):
            return UNKNOWN
        except Forged:
            return FORGED
        return None if opened is None else msgspec.json.decode(opened)
