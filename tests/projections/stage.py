"""A read model alone on a stage: facts with times of the test's choosing go in, rows and answers come out."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from uuid_utils.compat import uuid7

from adapters.codec.codec import Codec
from adapters.logins import Role, url_for
from adapters.postgres.key_store import KeyStore
from adapters.postgres.lanes import Lanes
from adapters.postgres.stream_reader import PostgresStreams
from adapters.settings import Settings
from adapters.vault.root_key import RootKeyFile
from adapters.vault.vault import Vault
from domain.catalogue import EVENTS
from domain.kernel.event import DomainEvent
from domain.kernel.recorded import Recorded, SealedCopy
from projections.kernel import generations
from projections.kernel.consumer import ReadModelConsumer
from projections.kernel.read_model import ReadModel
from projections.kernel.reader import Reader

T = TypeVar("T")


class Fact(NamedTuple):
    """An event of a stream, recorded at a time; nothing of it is sealed."""

    stream_id: UUID
    version: int
    recorded_at: datetime
    event: DomainEvent

    def recorded(self, tenant_id: UUID, position: int) -> Recorded:
        """Return it as the feed would."""
        copy = SealedCopy(None, None, self.stream_id, self.version, self.event.TOPIC, self.event.VERSION)
        return Recorded(
            self.event, position, tenant_id, self.stream_id, self.version, self.recorded_at, self.event.subject_id,
            copy, "{}",
        )  # fmt: skip


class Stage:
    """The live generation of one read model in a database; each test or example takes a tenant of its own."""

    def __init__(self, url: str, folder: Path, model: ReadModel) -> None:
        self._model = model
        self._settings = Settings(database_url=url)
        self._root_key = RootKeyFile(folder / "root.key")
        self._loop = asyncio.Runner()
        self.connection = psycopg.connect(url_for(self._settings, Role.PROJECTOR), autocommit=True)
        self.admin = psycopg.connect(url, autocommit=True)
        generations.ensure_live(self.connection, model)
        self._consumer = ReadModelConsumer(model, 1)

    def __enter__(self) -> Self:
        self._key_pool = self._opened(Role.KEYS)
        keys = KeyStore(self._root_key, Vault(), uuid7)
        self._lanes = Lanes(url_for(self._settings, Role.APP), 1)
        self._reader = Reader(self._lanes, PostgresStreams(self._lanes, self._key_pool, Codec(EVENTS), keys))
        return self

    def __exit__(self, *failure: object) -> None:
        self._loop.run(self._lanes.close())
        self._loop.run(self._key_pool.close())
        self._loop.close()
        self.connection.close()
        self.admin.close()

    def apply(self, tenant_id: UUID, facts: Iterable[Fact], batch: int = 1000) -> None:
        """Apply facts in order, ``batch`` at a time."""
        recorded = [fact.recorded(tenant_id, n) for n, fact in enumerate(facts, 1)]
        for start in range(0, len(recorded), batch):
            with self.connection.transaction():
                self._consumer.apply(self.connection, recorded[start : start + batch])

    def rows(self, table: str, tenant_id: UUID) -> list[dict[str, Any]]:
        """Return a table's rows of a tenant, without the sealed columns, in the order of their text."""
        query = sql.SQL("SELECT * FROM {} t WHERE tenant_id = %s ORDER BY t::text")
        found = self.admin.cursor(row_factory=dict_row).execute(
            query.format(sql.Identifier("read", table)), (tenant_id,)
        )
        hidden = {"tenant_id", "sealed", "key_id", "sealed_version", "sealed_type", "sealed_schema"}
        return [{name: value for name, value in row.items() if name not in hidden} for row in found.fetchall()]

    def ask(self, tenant_id: UUID, query: Callable[[Reader], Awaitable[T]]) -> T:
        """Return what a query answers in a tenant."""

        async def asked() -> T:
            return await query(self._reader.within(tenant_id))

        return self._loop.run(asked())

    def _opened(self, role: Role) -> AsyncConnectionPool[Any]:
        url = url_for(self._settings, role)
        pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
            url, min_size=1, max_size=1, open=False, kwargs={"autocommit": True}
        )
        self._loop.run(pool.open(wait=True))
        return pool
