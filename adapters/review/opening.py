"""A review of any database, live or restored, opened for reading alone; no other process is needed for it."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool
from uuid_utils.compat import uuid7

from adapters.bootstrap import guarded
from adapters.codec.codec import Codec
from adapters.postgres.key_store import KeyStore
from adapters.postgres.lanes import Lanes
from adapters.postgres.stream_reader import PostgresStreams
from adapters.privacy.journal import JournalFile
from adapters.review.review import Review
from adapters.settings import Settings
from adapters.vault.succession import key_management
from adapters.vault.vault import Vault
from domain.catalogue import EVENTS

READ_ONLY = " -c default_transaction_read_only=on"


@asynccontextmanager
async def reviewing(settings: Settings, database_url: str) -> AsyncIterator[Review]:
    """Have a review over a database; its personal fields open with the installation's root key.

    What was erased since stays so in an old database: its keys are in the journal. Raises JournalDamaged.
    """
    url = guarded(database_url)
    url = make_conninfo(url, options=str(conninfo_to_dict(url)["options"]) + READ_ONLY)
    gc.freeze()  # what is loaded by now stays: collecting what an account leaves behind need not pass over it
    async with AsyncConnectionPool[Any](
        url, min_size=1, max_size=1, open=False, timeout=5.0, kwargs={"autocommit": True}
    ) as pool:
        gone = [entry.key_id for entry in JournalFile(settings.erasure_journal_path).entries()]
        root = key_management(settings.root_key, settings.root_key_path)
        keys = KeyStore(root, Vault(), uuid7, destroyed=gone)
        lanes = Lanes(url, 1)
        yield Review(pool, PostgresStreams(lanes, pool, Codec(EVENTS), keys))
        await lanes.close()
