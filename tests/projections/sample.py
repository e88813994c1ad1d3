"""A read model of two tables for tests of the loop, and a database to run it on."""

from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from adapters.codec.mapper import StoredRow
from adapters.logins import Role, url_for
from adapters.postgres.batch import APPEND, Written, documents
from adapters.postgres.feed import PostgresFeed, decoder
from adapters.settings import Settings
from domain.kernel.recorded import Recorded
from projections.kernel import generations
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows, Table
from projections.kernel.runner import Runner
from tests.adapters.sample import CODEC, TENANT, Counted

POISON = 666
HEALED: set[int] = set()


class Unpalatable(Exception):
    """The projector has a bug for this one."""


def counted(rows: Rows, event: Counted, recorded: Recorded) -> None:
    if event.amount == POISON and POISON not in HEALED:
        raise Unpalatable("person's data that must not show")
    key = (recorded.tenant_id, recorded.stream_id)
    if recorded.version == 1:
        rows.insert("sample_totals", key, {"total": event.amount, "last": recorded.version})
    else:
        rows.add("sample_totals", key, {"total": event.amount}, {"last": recorded.version})
    rows.add("sample_counts", (recorded.tenant_id,), {"counted": 1})


def twice(rows: Rows, event: Counted, recorded: Recorded) -> None:
    """A wrong projector version."""
    counted(rows, event, recorded)
    rows.add("sample_counts", (recorded.tenant_id,), {"counted": 1})


TABLES = (Table("sample_totals", ("tenant_id", "stream_id")), Table("sample_counts", ("tenant_id",)))
SCHEMA = Path(__file__).with_name("sample_schema.sql")
MODEL = ReadModel("sample", TABLES, {Counted: counted}, SCHEMA)
WRONG = MODEL._replace(on={Counted: twice})
HALTING = MODEL._replace(name="sample_money", halts=True, tables=TABLES)


class Ground:
    """A database with the projector's connections for a runner, and the administrator's to tell and to look."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.open: list[psycopg.Connection[Any]] = []
        self.connection = psycopg.connect(url, autocommit=True)
        self.open.append(self.connection)
        generations.describe(self.connection, [MODEL, HALTING])
        self.versions: dict[UUID, int] = {}

    def connect(self) -> psycopg.Connection[Any]:
        self.open.append(psycopg.connect(url_for(Settings(database_url=self.url), Role.PROJECTOR), autocommit=True))
        return self.open[-1]

    def feed(self) -> PostgresFeed:
        return PostgresFeed(self.connect())

    def hang_up(self) -> None:
        """Close every connection but the administrator's."""
        while len(self.open) > 1:
            self.open.pop().close()

    def runner(self, *models: ReadModel, lease: UUID | None = None) -> Runner:
        for model in models or (MODEL,):
            generations.describe(self.connection, [model])
            generations.ensure_live(self.connect(), model)
        makers = generations.sources({model.name: model for model in models or (MODEL,)})
        return Runner(self.connect(), self.feed(), decoder(CODEC), makers, lease=lease)

    def append(self, stream: UUID, *amounts: int, tenant: UUID = TENANT) -> None:
        at = self.versions.get(stream, 0)
        rows = [
            StoredRow(stream, at + n, Counted.TOPIC, b'{"amount":%d}' % amount, tenant, 1, None, None, None, "{}")
            for n, amount in enumerate(amounts, 1)
        ]
        self.versions[stream] = at + len(rows)
        self.connection.execute(APPEND, documents([Written(tenant, None, None, b"", "null", rows, (), ())]))

    def append_raw(self, stream: UUID, topic: str, data: str) -> None:
        """Put in what our own program would never write."""
        statement = """INSERT INTO event_store.events VALUES
            (nextval('event_store.position_seq'), %s, %s, 1, %s, 1, %s, NULL, NULL, NULL, '{}', now())"""
        self.connection.execute(statement, (TENANT, stream, topic, data))

    def totals(self, view: str = "read.sample_totals") -> dict[UUID, int]:
        rows = self.connection.execute(f"SELECT stream_id, total FROM {view}".encode()).fetchall()
        return dict(rows)

    def counted(self) -> int:
        rows = self.connection.execute(b"SELECT coalesce(sum(counted), 0)::int FROM read.sample_counts").fetchall()
        return int(rows[0][0])

    def parked(self) -> list[tuple[str, UUID, str]]:
        return self.connection.execute(b"SELECT consumer, stream_id, error FROM consumers.parked_streams").fetchall()
