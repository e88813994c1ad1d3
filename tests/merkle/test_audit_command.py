"""`caretrail audit`: the exit code says whether history is what was signed, and the words say what is not."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from adapters.settings import ROOT
from tests.adapters.sample import TENANT
from tests.merkle.ground import Anchored


@pytest.fixture(scope="module")
def ground(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Anchored]:
    made = Anchored(module_database_url, tmp_path_factory.mktemp("state"))
    made.append(uuid7(), *range(300))
    made.anchor()
    yield made
    for connection in made.open:
        connection.close()


def audit(ground: Anchored, *arguments: str) -> subprocess.CompletedProcess[str]:
    given = {"DATABASE_URL": ground.url, "CARETRAIL_STATE": str(ground.folder.parent)}
    command = [sys.executable, "-m", "scripts.cli", "audit", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **given}, capture_output=True, text=True, timeout=120, check=False
    )


class TestVerify:
    def test_says_that_all_is_well_by_exit_code_0(self, ground: Anchored) -> None:
        ran = audit(ground, "verify", "--against", str(ground.folder))
        assert ran.returncode == 0, ran.stderr
        assert "Everything is as it was signed." in ran.stdout

    def test_names_what_is_wrong_by_exit_code_1(self, ground: Anchored) -> None:
        ground.sql("UPDATE event_store.events SET data = '{\"amount\": 7}' WHERE position = 120")
        ran = audit(ground, "verify", "--against", str(ground.folder), "--json")
        ground.sql("UPDATE event_store.events SET data = '{\"amount\":119}' WHERE position = 120")
        assert ran.returncode == 1, ran.stderr
        first: dict[str, Any] = json.loads(ran.stdout)["first"]
        assert (first["act"], first["position"], first["tenant_id"]) == ("edited", 120, str(TENANT))
        assert first["version"] == 120

    @pytest.mark.parametrize("arguments", [("--against", "nowhere"), ("--key", "abc"), ("--key", "a+b+c")])
    def test_says_that_it_could_not_check_by_exit_code_2(self, ground: Anchored, arguments: tuple[str, ...]) -> None:
        assert audit(ground, "verify", *arguments).returncode == 2

    def test_believes_the_key_it_is_given(self, ground: Anchored) -> None:
        assert audit(ground, "verify", "--key", ground.signer.public_key.hex()).returncode == 0
        assert audit(ground, "verify", "--key", "00" * 31 + "01").returncode == 1


class TestKey:
    def test_is_shown_in_hex_and_as_verifier_keys(self, ground: Anchored, tmp_path: Path) -> None:
        assert audit(ground, "key").stdout.strip() == ground.signer.public_key.hex()
        line = audit(ground, "key", "--tenant", str(TENANT)).stdout.splitlines()[0]
        assert line.startswith(f"caretrail/events/{TENANT}+")
        assert audit(ground, "verify", "--key", line).returncode == 0


class TestWebhook:
    def test_is_set_and_unset(self, ground: Anchored) -> None:
        there = ["--tenant", str(TENANT)]
        assert audit(ground, "webhook", *there, "--url", "https://clinic.example/notes").returncode == 0
        listed = json.loads(audit(ground, "webhook", "--json").stdout)
        assert listed == [{"tenant": str(TENANT), "url": "https://clinic.example/notes"}]
        assert audit(ground, "webhook", *there, "--url", "ftp://clinic.example").returncode == 2
        assert audit(ground, "webhook", *there, "--off").returncode == 0
        assert audit(ground, "webhook").stdout.strip() == "no webhook is set"
