"""The command line tells what happened so that a person can read it, and says what to mend when it cannot."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.embedded.databases import Databases
from adapters.privacy.journal import JournalFile
from application.ports.erasure_journal import JournalEntry
from domain.kernel.event import DomainEvent, Retention
from domain.records.content import Allergy
from domain.records.health_record import HealthRecord
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

    @pytest.mark.parametrize(
        ("options", "code", "said"),
        [
            ([], 2, "--stream, --person, --actor, or a window"),
            (["--since", "yesterday"], 2, "--since 'yesterday' is not a time. Write 2026-03-01"),
            (["--since", "2026-03-01", "--until", "2026-01-01"], 2, "ends before it begins"),
            (["--stream", "STREAM", "--at", "2026-01-01", "--version", "1"], 2, "--version or --at, not both"),
            (["--person", "STREAM", "--version", "1"], 2, "of one --stream"),
            (["--stream", "STREAM", "--json", "--ndjson"], 2, "not both"),
            (["--stream", "STREAM"], 1, "Is it the right clinic"),
            (["--stream", "STREAM", "--version", "1"], 1, "There is no such stream here. Is it the right clinic"),
            (["--person", "STREAM", "--database-url", "postgresql://127.0.0.1:1/x"], 2, "Is the database there"),
            (["--person", "STREAM", "--database-url", "mysql://x"], 2, "postgresql://"),
        ],
    )
    async def test_says_what_to_mend(self, house: House, options: list[str], code: int, said: str) -> None:
        given = [str(uuid4()) if option == "STREAM" else option for option in options]
        done = caretrail(house, "replay", *opening(house, *given))
        assert (done.returncode, "Traceback" in done.stderr) == (code, False)
        assert said in " ".join(done.stderr.split())
        assert done.stdout == ""


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
        only_one = caretrail(house, "chart", *person, "--from", begin)
        assert (only_one.returncode, "go together" in only_one.stderr) == (2, True)


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
