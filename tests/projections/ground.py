"""A database on which a read model is told events one by one, and then all at once in a rebuild."""

import asyncio
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from adapters.bootstrap import guarded, open_runner, open_services
from adapters.codec.codec import Codec
from adapters.logins import Role, url_for
from adapters.postgres.feed import PostgresFeed, decoder
from adapters.settings import Settings
from application.kernel.context import Outcome
from application.ports.event_store import Commit, StreamAppend
from domain.catalogue import EVENTS
from domain.kernel.event import DomainEvent
from projections.kernel import generations
from projections.kernel.read_model import ReadModel
from tests.adapters.sample import context

TENANT = UUID("01900000-0000-7000-8000-0000000000ee")
Telling = tuple[UUID, DomainEvent]


class ReadModelGround:
    """``tell`` appends events through the real store and lets the read model follow after each."""

    def __init__(self, model: ReadModel, database_url: str, folder: Path) -> None:
        self.model = model
        self.url = database_url
        self.settings = Settings(state=folder, database_url=database_url, redis_url=None)
        self.versions: dict[UUID, int] = {}

    def tell(self, *telling: Telling) -> None:
        """Append each event in a commit of its own; the read model is brought up to date after every one."""
        asyncio.run(self._tell(telling))

    def drain(self) -> int:
        """Bring the read model up to date; return how many events that took."""
        with open_runner(url_for(self.settings, Role.PROJECTOR), [self.model.name]) as runner:
            return runner.drain()

    def rows(self, sql: LiteralString) -> list[dict[str, Any]]:
        """Return the rows of a statement over ``read.*``."""
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            return connection.execute(sql).fetchall()

    def rebuild(self) -> bool:
        """Build a second generation from the first event; return whether every table came out the same."""
        url = guarded(url_for(self.settings, Role.PROJECTOR))
        with (
            psycopg.connect(url, autocommit=True) as one,
            psycopg.connect(url, autocommit=True) as two,
        ):
            feed, decode = PostgresFeed(two), decoder(Codec(EVENTS))
            tables = generations.rebuild(one, feed, decode, self.model)
        return bool(tables) and all(table.same and table.live_rows for table in tables)

    async def _tell(self, telling: tuple[Telling, ...]) -> None:
        services = await open_services(self.settings, 2)
        try:
            for stream, event in telling:
                version = self.versions.get(stream, 0)
                streams, outcome = [StreamAppend(stream, version, [event])], Outcome(stream, version + 1, 0, {})
                await services.store.append(Commit(context(tenant=TENANT), streams, [], [], outcome))
                self.versions[stream] = version + 1
                await asyncio.to_thread(self.drain)
        finally:
            await services.close()
