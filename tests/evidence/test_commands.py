"""The commands that hand out evidence: what they print, refuse, and let nobody see who may not."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.embedded.databases import Databases
from adapters.evidence import verify
from adapters.identity.identity import open_ring
from adapters.settings import ROOT, Settings
from api.security import make_token
from application.kernel.context import Caller
from tests.evidence.conftest import Past
from tests.evidence.ground import Auditor, rows_of
from tests.evidence.test_bundle import PERSONAL


def audit(past: Past, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``caretrail audit …`` in a process of its own."""
    given = {"DATABASE_URL": past.url, "REDIS_URL": "", "CARETRAIL_STATE": str(past.state)} | environment
    return subprocess.run(
        [sys.executable, "-m", "scripts.cli", "audit", *arguments],
        cwd=ROOT, env=os.environ | given, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def token(past: Past, role: str, tenant: int = 0) -> str:
    caller = Caller(past.tenants[tenant], uuid7(), frozenset({role}))
    return make_token(open_ring(Settings(state=past.state)), caller)


def opened(bundle: Path) -> list[Any]:
    with zipfile.ZipFile(bundle) as archive:
        name = next(name for name in archive.namelist() if name.endswith("events.ndjson"))
        return [json.loads(line).get("opened") for line in archive.read(name).splitlines()]


class TestProve:
    def test_prints_a_proof_that_leads_to_the_signed_root(self, past: Past) -> None:
        position, stream, _ = rows_of(past.url, past.tenants[0])[7]
        done = audit(past, "prove", str(position), "--json")
        proven = json.loads(done.stdout)
        leaf = verify.leaf(proven["event"])
        assert (done.returncode, proven["index"]) == (0, 7)
        assert verify.root_by_proof(leaf, 7, proven["size"], proven["proof"]).hex() == proven["root"]
        named = audit(past, "prove", f"{stream}/{proven['event']['version']}")
        assert named.returncode == 0
        assert proven["leaf"] in named.stdout
        assert f"caretrail/events/{past.tenants[0]}" in named.stdout

    def test_prints_that_a_log_only_grew(self, past: Past) -> None:
        done = audit(past, "prove", "--tenant", str(past.tenants[0]), "--from", "100", "--json")
        proven = json.loads(done.stdout)
        assert (done.returncode, proven["from"]["size"]) == (0, 100)
        assert proven["to"]["checkpoint"]

    @pytest.mark.parametrize(
        "arguments",
        [[], ["x"], [f"{uuid4()}/1"], ["--tenant", str(uuid4()), "--from", "0"]],
    )
    def test_refuses_what_names_nothing(self, past: Past, arguments: list[str]) -> None:
        done = audit(past, "prove", *arguments)
        assert done.returncode == 2, done.stdout
        assert "Traceback" not in done.stderr

    def test_fails_for_an_event_that_was_changed(self, past: Past, prepared_databases: Databases) -> None:
        url = prepared_databases.copy(past.url)
        position = rows_of(url, past.tenants[0])[7][0]
        with psycopg.connect(url) as connection:
            connection.execute("UPDATE event_store.events SET version = 99 WHERE position = %s", (position,))
        done = audit(past, "prove", str(position), DATABASE_URL=url)
        prepared_databases.drop(url)
        assert (done.returncode, done.stdout) == (1, "")


class TestExport:
    def test_writes_a_bundle_that_its_script_finds_sound(self, past: Past, auditor: Auditor, tmp_path: Path) -> None:
        out = tmp_path / "made.zip"
        done = audit(past, "export", "--tenant", str(past.tenants[0]), "--out", str(out), "--json")
        assert done.returncode == 0, done.stderr
        (log,) = json.loads(done.stdout)["logs"]
        assert log["events"] == log["size"] == len(rows_of(past.url, past.tenants[0]))
        checked = auditor.check(out)
        assert checked.code == 0, checked.said
        assert "its checkpoint is in the top log" in checked.said

    def test_fails_but_writes_what_convicts(
        self, past: Past, prepared_databases: Databases, auditor: Auditor, tmp_path: Path
    ) -> None:
        url, out = prepared_databases.copy(past.url), tmp_path / "made.zip"
        with psycopg.connect(url) as connection:
            connection.execute("UPDATE merkle.tiles SET hashes = set_byte(hashes, 0, 1 + get_byte(hashes, 0) % 200)")
        away = {"DATABASE_URL": url, "CARETRAIL_ANCHORS": str(tmp_path / "nothing")}
        done = audit(past, "export", "--tenant", str(past.tenants[0]), "--out", str(out), **away)
        prepared_databases.drop(url)
        assert done.returncode == 1
        assert "verify.py" in done.stderr
        assert auditor.check(out).code == 1

    @pytest.mark.parametrize(
        "arguments",
        [[], ["--range", "9:5"], ["--patient", str(uuid4())], ["--tenant", str(uuid4()), "--opened"]],
    )
    def test_refuses_what_chooses_nothing(self, past: Past, tmp_path: Path, arguments: list[str]) -> None:
        done = audit(past, "export", *arguments, "--out", str(tmp_path / "made.zip"))
        assert done.returncode == 2, done.stdout
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "made.zip").exists()

    def test_opens_personal_fields_for_who_may_and_writes_that_down(
        self, past: Past, prepared_databases: Databases, auditor: Auditor, tmp_path: Path
    ) -> None:
        url, out, person = prepared_databases.copy(past.url), tmp_path / "made.zip", past.patients[past.tenants[0]][0]
        asked = ["export", "--patient", str(person), "--opened", "--out", str(out)]
        done = audit(past, *asked, DATABASE_URL=url, CARETRAIL_TOKEN=token(past, "auditor"))
        assert done.returncode == 0, done.stderr
        with zipfile.ZipFile(out) as archive:
            everything = b"".join(archive.read(name) for name in archive.namelist())
        assert [word for word in PERSONAL if word not in everything] == []
        assert auditor.check(out).code == 0
        with psycopg.connect(url) as connection:
            entries = connection.execute("SELECT type, data::json -> 'subjects' FROM access_log.entries").fetchall()
        prepared_databases.drop(url)
        assert entries == [("access.disclosure.made", [str(person)])]

    @pytest.mark.parametrize(("role", "tenant"), [("doctor", 0), ("auditor", 1)])
    def test_opens_nothing_for_who_may_not(self, past: Past, tmp_path: Path, role: str, tenant: int) -> None:
        out = tmp_path / "made.zip"
        asked = ["export", "--tenant", str(past.tenants[0]), "--opened", "--out", str(out)]
        done = audit(past, *asked, CARETRAIL_TOKEN=token(past, role, tenant))
        assert (done.returncode, out.exists()) == (2, False)

    def test_says_in_a_word_why_a_field_is_not_opened(
        self, past: Past, prepared_databases: Databases, tmp_path: Path
    ) -> None:
        url, out, person = prepared_databases.copy(past.url), tmp_path / "made.zip", past.patients[past.tenants[0]][0]
        with psycopg.connect(url) as connection:
            row = connection.execute(
                "SELECT array_agg(position ORDER BY position) FROM event_store.events"
                " WHERE subject_id = %s AND type = 'records.vital.recorded'",
                (person,),
            ).fetchone()
            assert row is not None
            one, other, _ = row[0]
            edit = "UPDATE event_store.events SET {} WHERE position = %s"
            connection.execute(edit.format("sealed = set_byte(sealed, 60, 255 - get_byte(sealed, 60))"), (one,))
            connection.execute(edit.format("key_id = gen_random_uuid()"), (other,))
        asked = ["export", "--patient", str(person), "--opened", "--out", str(out)]
        done = audit(past, *asked, DATABASE_URL=url, CARETRAIL_TOKEN=token(past, "auditor"))
        prepared_databases.drop(url)
        assert done.returncode == 1, "two of the events are not what was signed"
        words = [fields for fields in opened(out) if isinstance(fields, str)]
        assert sorted(words) == ["forged", "unknown"]
