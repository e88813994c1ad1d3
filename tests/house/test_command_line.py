"""Every command says how it is used, and its exit code means what its help promises."""

import json
import os
import stat
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from adapters.embedded.servers import Servers
from adapters.identity.access_tokens import verified
from adapters.identity.ring import KeyRing
from adapters.settings import ROOT
from api.security import caller_of
from scripts.cli import COMMANDS, app

WRITTEN = sorted(name for name, module in COMMANDS.items() if find_spec(module))
SCRIPTS = ["bench", "check", "demo", "lock", "supply", "test"]


def caretrail(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "scripts.cli", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def subcommands(name: str) -> list[list[str]]:
    """Return the ways to call a command: itself, and each command inside a group."""
    command = typer.main.get_command(import_module(COMMANDS[name]).app)
    inside = getattr(command, "commands", {})
    return [[name], *([name, inner] for inner in inside)]


class TestHelp:
    @pytest.mark.parametrize("call", [call for name in WRITTEN for call in subcommands(name)], ids=" ".join)
    def test_shows_an_example_and_the_exit_codes(self, call: list[str]) -> None:
        shown = CliRunner().invoke(app, [*call, "--help"], env={"COLUMNS": "200"})
        assert shown.exit_code == 0, shown.output
        assert "Example:" in shown.output
        assert "Exit code:" in shown.output
        assert call[0] in shown.output

    def test_of_the_whole_names_every_command_and_imports_no_server(self) -> None:
        program = (
            "import sys; from typer.testing import CliRunner; from scripts.cli import app;"
            " print(CliRunner().invoke(app, ['--help']).output);"
            " print([m for m in ('psycopg', 'fastapi', 'dramatiq', 'redis', 'typst') if m in sys.modules])"
        )
        shown = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
        assert [name for name in WRITTEN if f" {name} " not in shown.stdout] == []
        assert shown.stdout.splitlines()[-1] == "[]"

    @pytest.mark.parametrize("name", SCRIPTS)
    def test_of_a_script_installs_nothing_and_works_from_anywhere(self, name: str, tmp_path: Path) -> None:
        shown = subprocess.run(
            [str(ROOT / "scripts" / name), "--help"], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert f"./scripts/{name}" in shown.stdout
        assert shown.stderr == ""

    @pytest.mark.parametrize("name", [*SCRIPTS, "_venv.sh", "../.ci/run"])
    def test_scripts_are_sound_bash(self, name: str) -> None:
        path = ROOT / "scripts" / name
        subprocess.run(["bash", "-n", str(path)], check=True)
        assert path.suffix == ".sh" or path.stat().st_mode & stat.S_IXUSR


class TestContinuousIntegration:
    @pytest.mark.parametrize(
        ("tests", "checks", "code"),
        [("true", "true", 0), ("echo '1 failed'; exit 1", "true", 1), ("true", "exit 1", 1)],
    )
    def test_fails_when_the_tests_or_the_checks_fail(self, tmp_path: Path, tests: str, checks: str, code: int) -> None:
        for name, body in {"scripts/test": tests, "scripts/check": checks}.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(f"#!/usr/bin/env bash\n{body}\n")
            (tmp_path / name).chmod(0o755)
        (tmp_path / ".ci").mkdir()
        (tmp_path / ".ci" / "run").write_text((ROOT / ".ci" / "run").read_text())
        done = subprocess.run(["bash", str(tmp_path / ".ci" / "run")], capture_output=True, text=True, check=False)
        assert done.returncode == code
        assert ("1 failed" in done.stdout) is ("failed" in tests)


class TestMistakes:
    def test_in_the_settings_are_told_in_one_line_without_the_value(self) -> None:
        done = caretrail("migrate", "--check", DATABASE_URL="mysql://somebody:hidden@host/x")
        assert done.returncode == 2
        assert "DATABASE_URL" in done.stderr
        assert "hidden" not in done.stderr + done.stdout
        assert "Traceback" not in done.stderr

    def test_of_the_network_are_told_in_one_line(self) -> None:
        done = caretrail("migrate", DATABASE_URL="postgresql://somebody:hidden@127.0.0.1:1/x")
        assert done.returncode == 2
        assert "hidden" not in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.requirement("R289")
class TestMigrate:
    def test_applies_what_is_pending_once(self, empty_database_url: str) -> None:
        before = caretrail("migrate", "--check", "--json", DATABASE_URL=empty_database_url)
        first = caretrail("migrate", "--json", DATABASE_URL=empty_database_url)
        second = caretrail("migrate", "--json", DATABASE_URL=empty_database_url)
        after = caretrail("migrate", "--check", DATABASE_URL=empty_database_url)
        assert [done.returncode for done in (before, first, second, after)] == [1, 0, 0, 0]
        assert json.loads(first.stdout)["applied"] == json.loads(before.stdout)["pending"]
        assert json.loads(second.stdout) == {"applied": []}

    def test_needs_no_queue(self, database_url: str, tmp_path: Path) -> None:
        here = {"REDIS_URL": "", "CARETRAIL_STATE": str(tmp_path / "state")}
        assert caretrail("migrate", DATABASE_URL=database_url, **here).returncode == 0
        assert not (tmp_path / "state").exists()


class TestDoctor:
    def test_finds_a_migrated_installation_sound(self, servers: Servers, database_url: str, tmp_path: Path) -> None:
        here = {"REDIS_URL": servers.redis_url, "CARETRAIL_STATE": str(tmp_path)}
        done = caretrail("doctor", "--json", DATABASE_URL=database_url, **here)
        found = json.loads(done.stdout)
        assert (done.returncode, found["state"]) == (0, "ok"), found
        names = {finding["name"] for finding in found["findings"]}
        assert {"postgres", "valkey", "durability", "schema", "effects", "connections"} <= names
        logins = {f["name"]: f["detail"] for f in found["findings"] if f["name"].startswith("login ")}
        assert set(logins) == {f"login {who}" for who in ("api", "worker", "projector", "clock", "audit", "analysts")}
        assert "caretrail_app_" in logins["login api"]
        assert "caretrail_keys_" in logins["login api"]
        assert "caretrail_keys_" not in logins["login projector"] + logins["login clock"]

    def test_calls_it_down_when_the_schema_is_missing(self, servers: Servers, empty_database_url: str) -> None:
        done = caretrail("doctor", DATABASE_URL=empty_database_url, REDIS_URL=servers.redis_url)
        assert done.returncode == 2
        assert "caretrail migrate" in done.stdout

    def test_calls_it_degraded_when_a_commit_may_be_lost(
        self, servers: Servers, database_url: str, tmp_path: Path
    ) -> None:
        careless = f"{database_url}{'&' if '?' in database_url else '?'}options=-csynchronous_commit%3Doff"
        here = {"REDIS_URL": servers.redis_url, "CARETRAIL_STATE": str(tmp_path)}
        done = caretrail("doctor", "--json", DATABASE_URL=careless, **here)
        wrong = [finding["name"] for finding in json.loads(done.stdout)["findings"] if finding["state"] != "ok"]
        assert (done.returncode, wrong) == (1, ["durability"])

    def test_starts_nothing(self, tmp_path: Path) -> None:
        done = caretrail("doctor", DATABASE_URL="", REDIS_URL="", CARETRAIL_STATE=str(tmp_path / "state"))
        assert done.returncode == 2
        assert "caretrail up" in done.stdout
        assert not (tmp_path / "state").exists()


class TestToken:
    def test_opens_the_api_of_the_same_installation_only(self, tmp_path: Path) -> None:
        done = caretrail("token", "--role", "doctor", "--json", CARETRAIL_STATE=str(tmp_path))
        made = json.loads(done.stdout)
        caller = caller_of(verified(KeyRing(tmp_path / "token.keys"), made["token"])[1])
        assert (str(caller.tenant_id), caller.roles) == (made["tenant"], frozenset({"doctor"}))

    def test_is_refused_for_a_role_that_nobody_knows(self, tmp_path: Path) -> None:
        done = caretrail("token", "--role", "king", CARETRAIL_STATE=str(tmp_path))
        assert done.returncode == 2
        assert "clinic_admin" in done.stderr


class TestEffects:
    def test_that_failed_are_listed_and_set_going_again(self, database_url: str) -> None:
        import psycopg

        with psycopg.connect(database_url) as connection:
            connection.execute(
                "INSERT INTO effects.effects (key, tenant_id, name, queue, priority, ids, event_id, correlation_id,"
                " position, due_at, state, error) SELECT gen_random_uuid(), gen_random_uuid(), 'remind', 'reminders',"
                " 1, '{}', gen_random_uuid(), gen_random_uuid(), 1, now(), 'failed', 'Unreachable'"
            )
        listed = caretrail("effects", "list", "--json", DATABASE_URL=database_url)
        key = json.loads(listed.stdout)["failed"][0]["key"]
        again = caretrail("effects", "retry", key, "--json", DATABASE_URL=database_url)
        after = caretrail("effects", "list", DATABASE_URL=database_url)
        nothing = caretrail("effects", "retry", key, DATABASE_URL=database_url)
        assert [done.returncode for done in (listed, again, after, nothing)] == [1, 0, 0, 1]
        assert json.loads(again.stdout) == {"waiting": 1}
