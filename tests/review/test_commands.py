"""The command line tells what happened so that a person can read it, and says what to mend when it cannot."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from typer.testing import CliRunner
from uuid_utils.compat import uuid7

from adapters.embedded.databases import Databases
from adapters.privacy.journal import JournalFile
from application.ports.access_log import Looked, Sought
from application.ports.erasure_journal import JournalEntry
from domain.kernel.event import DomainEvent, Retention
from domain.records.content import Allergy
from domain.records.health_record import HealthRecord
from scripts.cli import app
from tests.api.house import House
from tests.domain.records.sample import DOCTOR, NOW
from tests.review.scene import scene
from tests.review.story import caretrail, happen, run


def opening(house: House, *options: str) -> list[str]:
    return ["--tenant", str(house.tenant), *options]


class TestReplay:
    async def test_is_an_account_a_person_can_read(self, house: House) -> None:
        told = await happen(house)
        done = caretrail(house, "replay", *opening(house, "--stream", str(told.allergy)), COLUMNS="100")
        assert done.returncode == 0, done.stderr
        entries = done.stdout.strip().split("\n\n")
        assert len(entries) == 3
        amended = entries[1].splitlines()
        assert amended[0].endswith("An allergy or intolerance was amended.")
        assert f"    by         Dr. Rita Leal, practitioner {told.doctor}" in amended
        assert "    why        reason_code corrected · reason Read it again" in amended
        assert "    changed    content.severity: Mild → Severe" in amended
        assert "               content.reaction: – → Hives" in amended
        assert f"    request    {told.request} · command" in entries[1]
        assert all(len(line) <= 100 for line in done.stdout.splitlines())

    async def test_is_the_same_as_json_and_recorded_events_as_lines(self, house: House) -> None:
        told = await happen(house)
        asked = opening(house, "--actor", str(told.doctor), "--since", told.moments[1].isoformat())
        account = json.loads(caretrail(house, "replay", *asked, "--json").stdout)
        lines = [json.loads(line) for line in caretrail(house, "replay", *asked, "--ndjson").stdout.splitlines()]
        assert [e["position"] for e in account] == [e["position"] for e in lines]
        assert [e["type"].rpartition(".")[2] for e in account] == ["amended", "retracted", "recorded"]
        assert lines[0]["data"]["content"]["severity"] == "Severe"
        assert lines[2]["data"]["content"] == {"kind": "unopened"}

    async def test_opens_no_more_than_is_asked_for(self, house: House) -> None:
        told = await happen(house)
        closed = caretrail(house, "replay", *opening(house, "--person", str(told.patient), "--unopened"))
        assert "(not opened)" in closed.stdout
        assert not [word for word in ("Penicillin", "Joana", "Sleeps well", "window") if word in closed.stdout]
        notes = caretrail(house, "replay", *opening(house, "--stream", str(told.note), "--with-notes"))
        assert "Sleeps well" in notes.stdout

    async def test_shows_a_state_at_a_version_and_at_a_moment(self, house: House) -> None:
        told = await happen(house)
        stream = opening(house, "--stream", str(told.appointment))
        text = caretrail(house, "replay", *stream, "--version", "2").stdout
        assert text.startswith(f"appointment {told.appointment}, version 2 of 3")
        assert "    status: CONFIRMED\n" in text
        record = opening(house, "--stream", str(told.allergy), "--at", told.moments[1].isoformat(), "--json")
        state = json.loads(caretrail(house, "replay", *record).stdout)
        assert (state["version"], state["said"]["content"]["severity"]) == (1, "Mild")

    async def test_of_what_is_not_there_says_what_to_mend(self, house: House) -> None:
        person = opening(house, "--person", str(uuid4()))
        nobody = caretrail(house, "replay", *person)
        assert (nobody.returncode, nobody.stdout) == (1, "")
        assert "Is it the right clinic, and the right kind of id?" in " ".join(nobody.stderr.split())
        elsewhere = caretrail(house, "replay", *person, "--database-url", "postgresql://127.0.0.1:1/x")
        assert (elsewhere.returncode, elsewhere.stdout) == (2, "")
        assert "Is the database there and migrated?" in " ".join(elsewhere.stderr.split())
        assert "Traceback" not in nobody.stderr + elsewhere.stderr


class TestOptions:
    @pytest.mark.parametrize(
        ("command", "options", "said"),
        [
            ("replay", [], "--stream, --person, --actor, or a window"),
            ("replay", ["--since", "yesterday"], "--since 'yesterday' is not a time. Write 2026-03-01"),
            ("replay", ["--stream", "ID", "--at", "2026-01-01", "--version", "1"], "--version or --at, not both"),
            ("replay", ["--person", "ID", "--version", "1"], "of one --stream"),
            ("replay", ["--stream", "ID", "--json", "--ndjson"], "not both"),
            ("replay", ["--stream", "x"], "valid UUID"),
            ("chart", ["--person", "ID", "--from", "2026-01-01"], "go together"),
            ("chart", ["--person", "ID", "--from", "2026-01-01", "--to", "2026-01-02", "--known-at", "2026-01-01"],
             "not both"),
        ],
    )  # fmt: skip
    def test_that_do_not_say_what_is_meant_are_refused(self, command: str, options: list[str], said: str) -> None:
        given = [str(uuid4()) if option == "ID" else option for option in options]
        done = CliRunner().invoke(app, [command, "--tenant", str(uuid4()), *given], env={"COLUMNS": "200"})
        assert done.exit_code == 2, done.output
        assert said in " ".join(done.stderr.split())


class TestChart:
    async def test_shows_what_was_known_and_what_changed_since(self, house: House) -> None:
        told = await happen(house)
        person = opening(house, "--person", str(told.patient))
        known = caretrail(house, "chart", *person, "--known-at", told.moments[1].isoformat()).stdout
        assert "severity: Mild" in known
        begin, end = told.moments[1].isoformat(), told.moments[2].isoformat()
        changed = caretrail(house, "chart", *person, "--from", begin, "--to", end).stdout
        assert changed.startswith(f"allergy {told.allergy}: amended (v1 → v2)")
        assert "content.severity: Mild → Severe" in changed
        assert "Dr. Rita Leal" in changed


class TestLook:
    async def looks(self, house: House, person: UUID) -> list[Looked]:
        found, _ = await house.services.access_log.about(house.tenant, person, Sought(), limit=100, offset=0)
        return [look for look in found if look.entry.resource.startswith("caretrail")]

    async def test_is_in_the_access_log_of_everyone_shown(self, house: House) -> None:
        told, operator = await happen(house), uuid4()
        caretrail(house, "replay", *opening(house, "--actor", str(told.doctor)), "--as", str(operator),
                  "--purpose", "HLEGAL")  # fmt: skip
        [look] = await self.looks(house, told.patient)
        assert (look.entry.actor, look.entry.purpose, look.entry.resource) == (operator, "HLEGAL", "caretrail replay")
        assert look.entry.count == 4
        caretrail(house, "chart", *opening(house, "--person", str(told.patient)))
        caretrail(house, "replay", *opening(house, "--stream", str(told.allergy), "--version", "1", "--unopened"))
        by_user = await self.looks(house, told.patient)
        assert [look.entry.resource for look in by_user[:2]] == ["caretrail replay", "caretrail chart"]
        assert len({look.entry.actor for look in by_user}) == 2

    async def test_that_finds_nothing_is_in_it_too(self, house: House) -> None:
        nobody = uuid4()
        assert caretrail(house, "replay", *opening(house, "--person", str(nobody))).returncode == 1
        assert caretrail(house, "chart", *opening(house, "--person", str(nobody))).returncode == 1
        assert [(look.entry.outcome, look.entry.count) for look in await self.looks(house, nobody)] == [
            ("empty", 0)
        ] * 2

    async def test_that_cannot_be_recorded_shows_nothing(self, house: House, empty_database_url: str) -> None:
        told = await happen(house)
        asked = opening(house, "--person", str(told.patient), "--database-url", house.database_url)
        done = run(empty_database_url, house.services.settings.state, "replay", *asked)
        assert (done.returncode, done.stdout) == (2, "")
        assert "cannot be recorded now, so nothing is shown" in done.stderr


class TestRestoredCopy:
    def test_is_read_without_being_written_to_and_shows_nobody_erased_since(
        self, databases: Databases, tmp_path: Path
    ) -> None:
        url = databases.fresh()
        tenant, known, erased = uuid7(), uuid7(), uuid7()
        with scene(url, tmp_path) as stage:
            for patient in (known, erased):
                stage.append(tenant, DOCTOR, [(uuid7(), 0, allergy(patient))])
        copy = databases.copy(url)
        with psycopg.connect(copy) as connection:
            key = connection.execute("SELECT key_id FROM vault.data_keys WHERE subject_id = %s", (erased,)).fetchone()
        assert key is not None
        JournalFile(tmp_path / "erasures.jsonl").note_now(
            JournalEntry(tenant, erased, Retention.CLINICAL, key[0], datetime.now(UTC))
        )
        before = contents(copy)
        shown = [
            run(url, tmp_path, "replay", "--tenant", str(tenant), "--person", str(person), "--database-url", copy)
            for person in (known, erased)
        ]
        assert [done.returncode for done in shown] == [0, 0]
        assert ["Pollen" in done.stdout for done in shown] == [True, False]
        assert "content: (erased)" in shown[1].stdout
        assert contents(copy) == before


def allergy(patient: UUID) -> list[DomainEvent]:
    record = HealthRecord(uuid7())
    record.enter(Allergy(allergen="Pollen"), patient_id=patient, author_id=DOCTOR, effective_at=NOW, now=NOW)
    return record.pending


def contents(url: str) -> list[tuple[object, ...]]:
    """Return how many rows of every table were ever written."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        return connection.execute(
            "SELECT relid, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables ORDER BY relid"
        ).fetchall()
