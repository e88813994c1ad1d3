"""The access log as a log: final positions, nothing twice, nothing changed, one scan per person looked at."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.codec.codec import Codec
from adapters.codec.mapper import StoredRow
from adapters.postgres.access_log import AccessLogTable
from adapters.postgres.access_writer import AccessWriter
from adapters.postgres.batch import entries
from adapters.postgres.tenancy import enter
from application.ports.access_log import Sought
from domain.access.looks import Look
from domain.access.purpose import PurposeOfUse
from domain.catalogue import EVENTS
from tests.adapters.sample import opened

APPEND = b"SELECT access_log.append(%s::event_store.new_event[])"


@pytest.fixture
def connection(module_database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(module_database_url, autocommit=True) as made:
        yield made


@pytest.fixture
async def log(module_database_url: str, tmp_path: Path) -> AsyncIterator[AccessLogTable]:
    async with opened(module_database_url, tmp_path) as its:
        made = AccessLogTable(its.url, its.pool, its.key_pool, Codec(EVENTS), its.keys)
        yield made
        await made.close()


def row(tenant: UUID, *subjects: UUID) -> StoredRow:
    """An entry as the log takes it; nothing in it is sealed."""
    listed = ",".join(f'"{subject}"' for subject in subjects)
    return StoredRow(
        uuid7(), 1, "access.record.read", f'{{"subjects":[{listed}]}}'.encode(), tenant, 1, None, None, None, "{}"
    )


def look(actor: UUID, *subjects: UUID) -> Look:
    return Look(
        actor=actor, purpose=PurposeOfUse.TREAT, action="ehr:read", resource="GET /chart", request_id=uuid4(),
        subjects=subjects, count=1,
    )  # fmt: skip


def positions(connection: psycopg.Connection[Any], tenant: UUID) -> list[int]:
    found = connection.execute(
        "SELECT position FROM access_log.entries WHERE tenant_id = %s ORDER BY position", (tenant,)
    )
    return [position for (position,) in found.fetchall()]


def settled(connection: psycopg.Connection[Any]) -> int:
    found = connection.execute("SELECT access_log.settled_position()").fetchone()
    assert found is not None
    return int(found[0])


class TestPosition:
    def test_is_final_only_below_what_is_still_in_flight(
        self, connection: psycopg.Connection[Any], module_database_url: str
    ) -> None:
        before = settled(connection)
        with psycopg.connect(module_database_url) as slow:
            slow.execute(APPEND, (entries([row(uuid4())]),))
            connection.execute(APPEND, (entries([row(uuid4()), row(uuid4())]),))
            assert settled(connection) == before
        assert settled(connection) == before + 3

    def test_is_no_concern_of_the_event_stores_readers(
        self, connection: psycopg.Connection[Any], module_database_url: str
    ) -> None:
        with psycopg.connect(module_database_url) as slow:
            slow.execute("SELECT pg_advisory_xact_lock_shared(event_store.watermark_base())")
            connection.execute(APPEND, (entries([row(tenant := uuid4())]),))
            assert settled(connection) == positions(connection, tenant)[-1]


class TestGroup:
    def test_that_is_sent_again_stands_once(self, connection: psycopg.Connection[Any]) -> None:
        tenant, patient = uuid4(), uuid4()
        group = entries([row(tenant, patient), row(tenant, patient, patient)])
        for _ in range(3):
            connection.execute(APPEND, (group,))
        assert len(positions(connection, tenant)) == 2
        looked_at = connection.execute("SELECT count(*) FROM access_log.subjects WHERE tenant_id = %s", (tenant,))
        assert looked_at.fetchone() == (2,)

    async def test_is_whatever_arrives_while_another_is_under_way(
        self, module_database_url: str, connection: psycopg.Connection[Any]
    ) -> None:
        writer, tenant = AccessWriter(module_database_url), uuid4()
        await asyncio.gather(*(writer.write(row(tenant)) for _ in range(100)))
        await writer.close()
        assert len(positions(connection, tenant)) == 100
        commits = connection.execute(
            "SELECT count(DISTINCT recorded_at) FROM access_log.entries WHERE tenant_id = %s", (tenant,)
        ).fetchone()
        assert commits is not None
        assert commits[0] < 10


class TestLog:
    @pytest.mark.parametrize("forbidden", [
        "UPDATE access_log.entries SET version = 2",
        "DELETE FROM access_log.entries",
        "TRUNCATE access_log.entries",
        "INSERT INTO access_log.subjects VALUES (gen_random_uuid(), gen_random_uuid(), 1)",
        "DELETE FROM access_log.subjects",
        "SELECT setval('access_log.position_seq', 1)",
    ])  # fmt: skip
    @pytest.mark.parametrize("role", ["caretrail_app", "caretrail_projector", "caretrail_auditor"])
    def test_has_one_door_in_and_no_way_to_change(
        self, connection: psycopg.Connection[Any], role: str, forbidden: str
    ) -> None:
        with connection.transaction(force_rollback=True):
            connection.execute(f"SET ROLE {role}".encode())
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(forbidden.encode())

    def test_takes_entries_from_the_application(self, connection: psycopg.Connection[Any]) -> None:
        tenant = uuid4()
        connection.execute("SET ROLE caretrail_app")
        connection.execute(APPEND, (entries([row(tenant)]),))
        with connection.transaction():
            enter(connection, tenant)
            assert len(positions(connection, tenant)) == 1

    async def test_tells_who_looked_at_a_person_newest_first(self, log: AccessLogTable) -> None:
        tenant, one, two, patient, other = (uuid4() for _ in range(5))
        for actor, subjects in [(one, [patient]), (two, [patient, other]), (one, [other]), (one, [other, patient])]:
            await log.record(tenant, look(actor, *subjects).entry())
        found, total = await log.about(tenant, patient, Sought(), limit=2, offset=0)
        assert total == 3
        assert [looked.entry.actor for looked in found] == [one, two]
        assert (await log.about(tenant, patient, Sought(actor=two), limit=9, offset=0))[1] == 1
        assert (await log.about(tenant, uuid4(), Sought(), limit=9, offset=0)) == ([], 0)
        assert (await log.about(uuid4(), patient, Sought(), limit=9, offset=0)) == ([], 0)

    def test_finds_them_in_one_scan_of_those_looked_at(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute("SET enable_seqscan = off")
        connection.execute("SET enable_bitmapscan = off")
        plan = connection.execute(
            """EXPLAIN SELECT position FROM access_log.subjects s JOIN access_log.entries e USING (position)
               WHERE s.tenant_id = %s AND s.subject_id = %s
               ORDER BY s.position DESC LIMIT 100""",
            (uuid4(), uuid4()),
        ).fetchall()
        said = " ".join(line for (line,) in plan)
        assert "subjects_pkey" in said
        assert "entries_position" in said
        assert "Sort" not in said
