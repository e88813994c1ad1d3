"""A review of any database, live or restored, opened for reading alone; no other process is needed for it."""

import asyncio
import gc
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import NamedTuple
from uuid import UUID

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from uuid_utils.compat import uuid7

from adapters.bootstrap import guarded
from adapters.codec.codec import Codec
from adapters.postgres.access_log import AccessLogTable
from adapters.postgres.key_store import KeyStore
from adapters.postgres.lanes import Lanes
from adapters.postgres.stream_reader import PostgresStreams
from adapters.postgres.tenancy import pool
from adapters.privacy.journal import JournalFile
from adapters.review.review import Review
from adapters.settings import Settings
from adapters.vault.succession import key_management
from adapters.vault.vault import Vault
from application.ports.access_log import AccessLog
from domain.access.looks import Look
from domain.access.purpose import PurposeOfUse
from domain.catalogue import EVENTS

READ_ONLY = " -c default_transaction_read_only=on"


class Operator(NamedTuple):
    """Who looks from the command line, why, with which tool and from where."""

    id: UUID
    purpose: PurposeOfUse
    tool: str
    agent: str


class Watch:
    """Writes down every look before anything of it is shown, in the installation's own access log."""

    def __init__(self, log: AccessLog, tenant_id: UUID, operator: Operator, asked: Collection[UUID]) -> None:
        self._log = log
        self._tenant = tenant_id
        self._operator = operator
        self._asked = frozenset(asked)
        self._seen: set[UUID] = set()
        self._request = uuid7()

    def saw(self, people: Collection[UUID]) -> None:
        """Take note of who comes into view."""
        self._seen.update(people)

    async def __call__(self, count: int) -> None:
        """Record that ``count`` things are about to be shown, about everyone seen so far. Raises AccessNotRecorded."""
        operator = self._operator
        look = Look(
            actor=operator.id, purpose=operator.purpose, action="audit:read", resource=operator.tool,
            request_id=self._request, subjects=self._asked | self._seen, count=count, agent=operator.agent,
        )  # fmt: skip
        await self._log.record(self._tenant, look.entry())
        self._seen.clear()


@asynccontextmanager
async def watching(
    settings: Settings, url: str, key_url: str, tenant_id: UUID, operator: Operator, asked: Collection[UUID]
) -> AsyncIterator[Watch]:
    """Have a watch that records in the database of the installation, whichever one is read."""
    keys = KeyStore(key_management(settings.root_key, settings.root_key_path), Vault(), uuid7)
    async with pool(guarded(url), 1, 1) as table, pool(guarded(key_url), 1, 1) as key_pool:
        log = AccessLogTable(guarded(url), table, key_pool, Codec(EVENTS), keys)
        try:
            yield Watch(log, tenant_id, operator, asked)
        finally:
            await log.close()


@asynccontextmanager
async def reviewing(settings: Settings, url: str, key_url: str) -> AsyncIterator[Review]:
    """Have a review over a database; its personal fields open with the installation's root key.

    What was erased since stays so in an old database: its keys are in the journal. Raises JournalDamaged.
    """
    url = _read_only(url)
    journal = JournalFile(settings.erasure_journal_path)
    gone = [entry.key_id for entry in await asyncio.to_thread(journal.entries)]
    keys = KeyStore(key_management(settings.root_key, settings.root_key_path), Vault(), uuid7, destroyed=gone)
    gc.freeze()  # what is loaded by now stays: collecting what an account leaves behind need not pass over it
    lanes = Lanes(url, 1)
    async with pool(url, 1, 1) as stored, pool(_read_only(key_url), 1, 1) as key_pool:
        try:
            yield Review(stored, PostgresStreams(lanes, key_pool, Codec(EVENTS), keys))
        finally:
            await lanes.close()


def _read_only(database_url: str) -> str:
    url = guarded(database_url)
    return make_conninfo(url, options=str(conninfo_to_dict(url)["options"]) + READ_ONLY)
