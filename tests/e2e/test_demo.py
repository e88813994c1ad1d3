"""The demonstration checks itself, says so in its figures and its exit code, and leaves nothing behind."""

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from rich.console import Console

from adapters.embedded.servers import Servers
from adapters.settings import ROOT
from scripts.demonstration.ground import free_port
from scripts.demonstration.story import BrokenOff, Story

DEMO = [sys.executable, "-m", "scripts.cli", "demo", "--once", "--json"]
PATIENCE = 240
STEPS = [
    "The house is open",
    "People sign up and sign in",
    "Patients come from another system",
    "A clinic's day is booked",
    "A subscription is used, and gets its appointment back",
    "An invoice follows by itself, and explains itself",
    "A record is amended and another retracted",
    "One patient's whole history is replayed",
    "A read model is rebuilt beside the live one",
    "Nothing is left over",
]


@pytest.fixture
def place() -> Iterator[Path]:
    """Where a demonstration and all it starts can be told by."""
    made = Path(tempfile.mkdtemp(prefix=f"caretrail-tests-{os.getpid()}-"))
    yield made
    for process in running(made):
        process.kill()
    shutil.rmtree(made)


def running(place: Path) -> list[psutil.Process]:
    """Processes that live in ``place`` or were given it."""
    found = []
    for process in psutil.process_iter():
        try:
            told = [process.cwd(), *process.cmdline(), *process.environ().values()]
        except psutil.Error:
            continue
        if any(str(place) in text for text in told):
            found.append(process)
    return found


def surroundings(place: Path) -> dict[str, str]:
    return os.environ | {"CARETRAIL_STATE": str(place / "state"), "TMPDIR": str(place)}


def databases(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {row[0] for row in connection.execute("SELECT datname FROM pg_database")}


class TestDemo:
    @pytest.mark.requirement("R142")
    @pytest.mark.requirement("R120")
    @pytest.mark.requirement("R426")
    def test_holds_every_check_on_a_bare_machine_and_leaves_nothing(self, place: Path) -> None:
        bare = surroundings(place) | {"DATABASE_URL": "", "REDIS_URL": ""}
        done = subprocess.run(DEMO, cwd=ROOT, env=bare, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stderr
        facts = json.loads(done.stdout)
        assert facts["ok"]
        assert [step["name"] for step in facts["steps"]] == STEPS
        assert [step["failed"] for step in facts["steps"]] == [[]] * len(STEPS)
        assert all(step["passed"] == step["checks"] > 0 for step in facts["steps"])
        # Imported: 474 resources, one event each. Of the appointments 15 were imported and 5 booked.
        assert facts["events"] > 474
        assert facts["appointments"] == 20
        assert running(place) == []
        assert list(place.iterdir()) == []

    def test_told_to_end_in_the_middle_leaves_nothing_on_servers_that_were_named(
        self, place: Path, servers: Servers, redis_url: str
    ) -> None:
        before = databases(servers.database_url)
        named = surroundings(place) | {"DATABASE_URL": servers.database_url, "REDIS_URL": redis_url}
        with subprocess.Popen(
            DEMO, cwd=ROOT, env=named, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as demo:
            assert demo.stderr is not None
            said = next((line for line in demo.stderr if STEPS[1] in line), "")
            between = databases(servers.database_url)
            demo.send_signal(signal.SIGTERM)
            printed, rest = demo.communicate(timeout=PATIENCE)
        assert said, rest
        assert between > before, "it should work in a database of its own"
        assert (demo.returncode, printed) == (1, ""), rest
        assert "Ended before its end" in rest
        assert running(place) == []
        assert databases(servers.database_url) == before
        with redis.Redis.from_url(redis_url, protocol=2) as client:
            assert client.dbsize() == 0


class TestPort:
    def test_is_the_one_that_is_wanted_or_another_when_it_is_taken(self) -> None:
        with socket.socket() as neighbour:
            neighbour.bind(("127.0.0.1", 0))
            neighbour.listen()
            taken = neighbour.getsockname()[1]
            assert free_port(taken) != taken
        assert free_port(taken) == taken


class TestStory:
    def test_says_what_was_expected_and_found_when_a_check_does_not_hold(self) -> None:
        said = io.StringIO()
        story = Story(Console(file=said, width=200))
        with story.step("Arithmetic") as step:
            step.check("two and two", 5, 4)
            step.check("one and one", 2, 2)
        assert not story.ok
        assert "✗ two and two: expected 4, found 5" in said.getvalue()
        [facts] = story.facts()
        assert (facts["checks"], facts["passed"]) == (2, 1)
        assert facts["failed"] == [{"check": "two and two", "expected": "4", "found": "5"}]

    def test_is_not_well_when_a_step_checked_nothing(self) -> None:
        story = Story(Console(file=io.StringIO()))
        with story.step("Idle"):
            pass
        assert not story.ok

    def test_ends_with_the_step_that_meets_an_error_and_names_it(self) -> None:
        story = Story(Console(file=io.StringIO()))
        with pytest.raises(BrokenOff), story.step("Breaks"):
            raise KeyError("patients")
        assert not story.ok
        assert "KeyError: 'patients' (at test_demo.py:" in story.facts()[0]["failed"][0]["found"]

    def test_is_left_at_once_by_whoever_interrupts_it(self) -> None:
        story = Story(Console(file=io.StringIO()))
        with pytest.raises(KeyboardInterrupt), story.step("Interrupted"):
            raise KeyboardInterrupt
        assert story.steps[0].checks == []
