"""A tiny catalogue for tests of the store: one event with a personal field, one without."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar
from uuid import UUID

from psycopg_pool import AsyncConnectionPool
from uuid_utils.compat import uuid7

from adapters.codec.codec import Codec
from adapters.logins import Role, url_for
from adapters.postgres.batcher import Batcher
from adapters.postgres.event_store import PostgresEventStore
from adapters.postgres.key_store import KeyStore
from adapters.postgres.lanes import Lanes
from adapters.postgres.stream_reader import PostgresStreams
from adapters.settings import Settings
from adapters.vault.root_key import RootKeyFile
from adapters.vault.vault import Vault
from application.kernel.context import Caller, Context, Outcome
from application.ports.event_store import Commit, StreamAppend
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.event import DomainEvent, Sealed
from domain.kernel.unique import UniqueKey

TENANT, OTHER_TENANT, ACTOR = uuid7(), uuid7(), uuid7()


class Counted(DomainEvent, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "sample.thing.counted"
    amount: int


class Noted(DomainEvent, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "sample.thing.noted"
    SUBJECT: ClassVar[str | None] = "person_id"
    person_id: UUID
    note: Sealed[str]


class Thing(Aggregate):
    NAME = "thing"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.total = 0
        self.notes = 0

    @evolves
    def _counted(self, event: Counted) -> None:
        self.total += event.amount

    @evolves
    def _noted(self, event: Noted) -> None:
        self.notes += 1


CODEC = Codec({event.TOPIC: event for event in (Counted, Noted)})


def context(command_id: UUID | None = None, request: bytes = b"", tenant: UUID = TENANT) -> Context:
    return Context(
        caller=Caller(tenant, ACTOR, frozenset({"clinic_admin"})),
        command_id=command_id or uuid7(),
        now=datetime.now(UTC),
        new_id=uuid7,
        correlation_id=uuid7(),
        request_hash=request,
    )


def commit(
    stream: UUID,
    *events: DomainEvent,
    version: int = 0,
    take: Sequence[UniqueKey] = (),
    release: Sequence[UniqueKey] = (),
    on: Context | None = None,
) -> Commit:
    """One stream's append as a commit."""
    return Commit(
        on or context(),
        [StreamAppend(stream, version, events)],
        [(key, stream) for key in take],
        [(key, stream) for key in release],
        Outcome(stream, version + len(events), 0, {"sample": True}),
    )


class Opened:
    """A store with what belongs to it."""

    def __init__(self, url: str, root_key: Path, flights: int) -> None:
        self.vault = Vault()
        settings = Settings(database_url=url)
        self.url = url_for(settings, Role.APP)
        self.pool, self.key_pool = (
            AsyncConnectionPool(
                url_for(settings, role), min_size=1, max_size=8, open=False, kwargs={"autocommit": True}
            )
            for role in (Role.APP, Role.KEYS)
        )
        self.keys = KeyStore(RootKeyFile(root_key), self.vault, uuid7)
        self.batcher = Batcher(self.url, flights)
        self.lanes = Lanes(self.url, 4)
        self.store = PostgresEventStore(self.lanes, self.key_pool, self.batcher, CODEC, self.keys)
        self.streams = PostgresStreams(self.lanes, self.key_pool, CODEC, self.keys)


@asynccontextmanager
async def opened(url: str, folder: Path, flights: int = 2) -> AsyncIterator[Opened]:
    """Open a store on ``url`` with a root key in ``folder``."""
    made = Opened(url, folder / "root.key", flights)
    await made.pool.open()
    await made.key_pool.open()
    try:
        yield made
    finally:
        await asyncio.wait_for(made.batcher.close(), 20)
        await made.lanes.close()
        await made.key_pool.close()
        await made.pool.close()
