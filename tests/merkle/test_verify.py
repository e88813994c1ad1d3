"""What a superuser does to the log is found and placed, though the database agrees with itself."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.merkle.findings import Act, Finding
from tests.adapters.sample import OTHER_TENANT, TENANT
from tests.merkle.ground import Anchored

STREAMS = [uuid7() for _ in range(12)]
COUNT = 600


def seal(ground: Anchored) -> None:
    """Give the new rows something that looks sealed."""
    ground.sql("UPDATE event_store.events SET sealed = sha256(position::text::bytea) WHERE sealed IS NULL")


@pytest.fixture(scope="module")
def history(databases: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A database with a history of two tenants, signed three times; each test takes a copy of it."""
    url, folder = databases.fresh(), tmp_path_factory.mktemp("signed")
    ground = Anchored(url, folder)
    for n in range(COUNT):
        ground.append(STREAMS[n % 12], n)
        if n % 3 == 0:
            ground.append(UUID(int=n % 5 + 1), n, tenant=OTHER_TENANT)
        if n in (200, 400, 520):
            seal(ground)
            ground.anchor()
    seal(ground)
    ground.grow()
    for connection in ground.open:
        connection.close()
    yield url, folder
    databases.drop(url)


@pytest.fixture
def ground(history: tuple[str, Path], databases: Any, tmp_path: Path) -> Iterator[Anchored]:
    url, folder = history
    made = Anchored(databases.copy(url), Path(shutil.copytree(folder, tmp_path / "state")))
    made.versions = dict.fromkeys(STREAMS, COUNT // 12)
    yield made
    for connection in made.open:
        connection.close()
    databases.drop(made.url)


def position_of(ground: Anchored, stream: UUID, version: int) -> int:
    query = b"SELECT position FROM event_store.events WHERE (stream_id, version) = (%s, %s)"
    found = ground.connection.execute(query, (stream, version)).fetchone()
    assert found is not None
    return int(found[0])


def only(ground: Anchored, **options: Any) -> Finding:
    """Return the one finding about events that is proven, or the one there is in the tail."""
    findings = [f for f in ground.verify(**options).findings if f.kind == "events"]
    found = [f for f in findings if f.proven] or findings
    assert len(found) == 1, found
    return found[0]


class TestAnHonestLog:
    @pytest.mark.parametrize("outside", [True, False])
    def test_is_clean_and_its_tail_is_told(self, ground: Anchored, outside: bool) -> None:
        report = ground.verify(outside=outside)
        assert report.findings == []
        log = next(log for log in report.logs if log.tenant_id == TENANT)
        assert (log.rows, log.anchored, log.tail, log.notes) == (COUNT, 521, 79, 3)
        assert {log.kind for log in report.logs} == {"events", "top"}

    def test_stays_clean_while_it_grows(self, ground: Anchored) -> None:
        for n in range(5):
            ground.append(STREAMS[0], n)
            assert ground.verify().clean
            ground.anchor()
            assert ground.verify().clean

    def test_of_one_tenant_can_be_verified_alone(self, ground: Anchored) -> None:
        report = ground.verify(tenant=OTHER_TENANT)
        assert [log.tenant_id for log in report.logs] == [OTHER_TENANT]
        assert report.rows == COUNT // 3


@pytest.mark.requirement("R007")
@pytest.mark.parametrize("concealed", [False, True])
class TestAnAct:
    """Each is done twice: plainly, and with trees, tiles and notes in the database made to agree with it."""

    def placed(self, ground: Anchored, concealed: bool, act: Act, position: int | None) -> Finding:
        if concealed:
            ground.conceal()
        found = only(ground)
        assert (found.act, found.position, found.proven) == (act, position, True)
        return found

    def test_of_editing_is_placed(self, ground: Anchored, concealed: bool) -> None:
        at = position_of(ground, STREAMS[3], 7)
        ground.sql("UPDATE event_store.events SET data = '{\"amount\":9999}' WHERE position = %s", at)
        found = self.placed(ground, concealed, Act.EDITED, at)
        assert (found.tenant_id, found.stream_id, found.version) == (TENANT, STREAMS[3], 7)

    def test_of_deleting_in_the_middle_is_placed(self, ground: Anchored, concealed: bool) -> None:
        at = position_of(ground, STREAMS[5], 20)
        ground.sql("DELETE FROM event_store.events WHERE position = %s", at)
        found = self.placed(ground, concealed, Act.DELETED, at)
        assert (found.stream_id, found.version) == (STREAMS[5], 20)

    def test_of_truncating_the_end_is_placed(self, ground: Anchored, concealed: bool) -> None:
        at = position_of(ground, STREAMS[0], 30)
        ground.sql("DELETE FROM event_store.events WHERE position >= %s AND tenant_id = %s", at, TENANT)
        self.placed(ground, concealed, Act.ROLLED_BACK if concealed else Act.TRUNCATED, at)

    def test_of_dropping_a_stream_is_placed(self, ground: Anchored, concealed: bool) -> None:
        at = position_of(ground, STREAMS[4], 1)
        ground.sql("DELETE FROM event_store.events WHERE stream_id = %s", STREAMS[4])
        found = self.placed(ground, concealed, Act.STREAM_DROPPED, at)
        assert found.stream_id == STREAMS[4]

    def test_of_inserting_backdated_is_placed(self, ground: Anchored, concealed: bool) -> None:
        at = position_of(ground, STREAMS[4], 9)
        ground.sql(
            "INSERT INTO event_store.events SELECT 0, tenant_id, %s, 1, type, schema_version, data, sealed, key_id,"
            " subject_id, meta, recorded_at FROM event_store.events WHERE position = %s", uuid7(), at)  # fmt: skip
        self.placed(ground, concealed, Act.INSERTED, 0)

    def test_of_exchanging_positions_is_placed(self, ground: Anchored, concealed: bool) -> None:
        one, other = position_of(ground, STREAMS[1], 3), position_of(ground, STREAMS[2], 11)
        ground.sql("UPDATE event_store.events SET position = -1 WHERE position = %s", one)
        ground.sql("UPDATE event_store.events SET position = %s WHERE position = %s", one, other)
        ground.sql("UPDATE event_store.events SET position = %s WHERE position = -1", other)
        found = self.placed(ground, concealed, Act.REORDERED, one)
        assert (found.stream_id, found.version, found.affected) == (STREAMS[1], 3, 2)

    def test_of_swapping_ciphertexts_is_placed(self, ground: Anchored, concealed: bool) -> None:
        one, other = position_of(ground, STREAMS[1], 4), position_of(ground, STREAMS[2], 4)
        ground.sql(
            "UPDATE event_store.events e SET sealed = o.sealed FROM event_store.events o"
            " WHERE e.position + o.position = %s AND e.position IN (%s, %s)", one + other, one, other)  # fmt: skip
        self.placed(ground, concealed, Act.CIPHERTEXTS_SWAPPED, one)

    def test_of_moving_a_row_to_another_tenant_is_placed(self, ground: Anchored, concealed: bool) -> None:
        at = position_of(ground, STREAMS[5], 20)
        ground.sql("UPDATE event_store.events SET tenant_id = %s WHERE position = %s", OTHER_TENANT, at)
        if concealed:
            ground.conceal()
        found = {(f.act, f.tenant_id): f.position for f in ground.verify().findings if f.kind == "events"}
        assert found == {(Act.DELETED, TENANT): at, (Act.INSERTED, OTHER_TENANT): at}


class TestAnActAgainstTheTree:
    def test_is_told_from_one_against_the_rows(self, ground: Anchored) -> None:
        ground.sql("UPDATE merkle.tiles SET hashes = overlay(hashes placing sha256('x') from 1) WHERE level = 0")
        found = [f for f in ground.verify(outside=False).findings if f.kind == "events"]
        assert {f.act for f in found} == {Act.TREE_EDITED}
        assert ground.verify().findings == []

    def test_is_refused_by_the_signer(self, ground: Anchored) -> None:
        ground.sql("UPDATE event_store.events SET data = '{}' WHERE position = 5")
        ground.sql("DELETE FROM merkle.tiles WHERE kind = 'events'")
        ground.sql("DELETE FROM merkle.logs WHERE kind = 'events'")
        ground.sql("UPDATE consumers.bookmarks SET position = 0, lease = NULL WHERE consumer = 'merkle_events'")
        notes = list(ground.anchors.notes("events", TENANT))
        ground.anchor()
        assert list(ground.anchors.notes("events", TENANT)) == notes


class TestWithNotesAlone:
    """Who keeps nothing but the notes still learns between which two of them something was changed."""

    def test_the_interval_is_named(self, ground: Anchored, tmp_path: Path) -> None:
        kept = tmp_path / "kept" / "events" / str(TENANT) / "checkpoints"
        kept.mkdir(parents=True)
        for path, text in ground.anchors.notes("events", TENANT):
            (kept / path.name).write_text(text)
        at = position_of(ground, STREAMS[3], 25)
        ground.sql("UPDATE event_store.events SET data = '{\"amount\":9999}' WHERE position = %s", at)
        ground.conceal()
        ground.anchors = type(ground.anchors)(tmp_path / "kept")
        found = only(ground, tenant=TENANT)
        assert (found.act, found.between) == (Act.REWRITTEN, (201, 401))
        assert found.position is not None
        assert found.position <= at


class TestANote:
    def test_that_the_signer_did_not_sign_is_found(self, ground: Anchored) -> None:
        ground.conceal()
        assert {f.act for f in ground.verify(outside=False).findings} == {Act.NOTE_FORGED}


class TestTheUnanchoredTail:
    def test_is_held_against_the_tree_in_the_database(self, ground: Anchored) -> None:
        at = position_of(ground, STREAMS[3], 50)
        ground.sql("UPDATE event_store.events SET data = '{\"amount\":9999}' WHERE position = %s", at)
        found = only(ground)
        assert (found.act, found.position, found.proven) == (Act.EDITED, at, False)


class TestTheCatalogue:
    @pytest.mark.parametrize("statement", [
        "CREATE OR REPLACE FUNCTION event_store.settled_position() RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint'",
        "CREATE FUNCTION event_store.helpful() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DROP INDEX event_store.events_position",
        "CREATE RULE quiet AS ON UPDATE TO event_store.events DO INSTEAD NOTHING",
        "UPDATE public.migrations SET checksum = 'x' WHERE name = '0001_event_store'",
        "ALTER FUNCTION event_store.settled_position() SECURITY DEFINER",
    ])  # fmt: skip
    def test_edited_is_found(self, ground: Anchored, statement: str) -> None:
        ground.connection.execute(statement.encode())
        assert {f.act for f in ground.verify().catalogue} == {Act.CATALOGUE_EDITED}

    def test_with_a_trigger_put_in_is_found(self, ground: Anchored) -> None:
        ground.sql("CREATE FUNCTION public.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
        ground.sql("CREATE TRIGGER quiet BEFORE INSERT ON event_store.events EXECUTE FUNCTION public.nothing()")
        assert [f.detail for f in ground.verify().catalogue] == ["trigger quiet on event_store.events is not ours"]


class TestARestoredBackup:
    def test_that_went_on_is_found(self, ground: Anchored, databases: Any) -> None:
        at = position_of(ground, STREAMS[8], 34)
        ground.sql("DELETE FROM event_store.events WHERE position >= %s", at)
        for _ in range(5):
            ground.append(uuid7(), 1, 2, 3)
        ground.conceal()
        found = [f for f in ground.verify(tenant=TENANT).findings if f.kind == "events"]
        assert [(f.act, f.position) for f in found] == [(Act.ROLLED_BACK, at)]


def test_a_connection_can_be_used_again_after_a_verification(ground: Anchored) -> None:
    with psycopg.connect(ground.url, autocommit=True) as one, psycopg.connect(ground.url, autocommit=True) as two:
        from adapters.merkle.verify import Verification

        check = Verification(one, two, ground.signer.public_key, ground.anchors)
        assert check.run().clean
        assert check.run().clean
