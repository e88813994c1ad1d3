"""`caretrail up` runs everything, tells when a process dies, and leaves nothing behind however it ends."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest

from adapters.embedded.servers import Servers, stop
from adapters.settings import ROOT, Settings
from scripts.processes import AlreadyUp, Family, end_recorded, recorded

PATIENCE = 90.0


class Up:
    """A running ``caretrail up`` over its own state directory."""

    def __init__(self, state: Path, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.state = state
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scripts.cli", "up", "--json", "--port", str(self.port)],
            cwd=ROOT,
            env=os.environ | {"CARETRAIL_STATE": str(state)} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.facts = json.loads(self.process.stdout.readline() or "null")
        self.everyone = psutil.Process(self.process.pid).children(recursive=True) if self.facts else []

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; return the exit code and what was said on stderr."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
        _, said = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said

    def left(self) -> list[psutil.Process]:
        """Processes that outlived it."""
        return [process for process in self.everyone if process.is_running() and process.status() != "zombie"]


@pytest.fixture
def state() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix=f"caretrail-tests-{os.getpid()}-"))
    yield place
    end_recorded(place)
    stop(Settings(state=place, database_url=None, redis_url=None))
    shutil.rmtree(place)


@pytest.fixture
def given(servers: Servers, database_url: str) -> dict[str, str]:
    """Servers that are there already."""
    return {"DATABASE_URL": database_url, "REDIS_URL": servers.redis_url}


class TestUp:
    def test_serves_and_ends_in_order_with_the_servers_it_started(self, state: Path) -> None:
        up = Up(state, DATABASE_URL="", REDIS_URL="", CARETRAIL_HTTP_KEEP_ALIVE_SECONDS="1")
        assert set(up.facts["pids"]) == {"api", "projector", "worker", "clock"}
        assert up.facts["started"] == ["postgres", "valkey"]
        with closing(HTTPConnection(up.facts["url"].removeprefix("http://"), timeout=4)) as kept:
            kept.request("GET", "/health")
            answer = kept.getresponse()
            assert (answer.status, answer.will_close) == (200, False)
            answer.read()
            assert kept.sock.recv(1) == b"", "an idle connection should end when settings say"

        code, said = up.end(signal.SIGINT)

        assert code == 0, said
        assert up.left() == []
        assert recorded(state) == {}
        assert stop(Settings(state=state, database_url=None, redis_url=None)) == [], "the servers should be gone"

    def test_ends_all_and_says_so_when_one_process_dies(self, state: Path, given: dict[str, str]) -> None:
        up = Up(state, **given)
        os.kill(up.facts["pids"]["projector"], signal.SIGKILL)
        _, said = up.process.communicate(timeout=PATIENCE)
        assert up.process.returncode == 1
        assert "projector died" in said
        assert up.left() == []

    def test_leaves_traces_by_which_down_ends_the_rest_when_it_was_killed(
        self, state: Path, given: dict[str, str]
    ) -> None:
        up = Up(state, **given)
        up.end(signal.SIGKILL)
        assert up.left() != [], "killed outright, it cannot take its children along"

        command = [sys.executable, "-m", "scripts.cli", "down", "--json"]
        environment = os.environ | given | {"CARETRAIL_STATE": str(state)}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)

        assert set(json.loads(done.stdout)["processes"]) == {"api", "projector", "worker", "clock"}
        assert json.loads(done.stdout)["servers"] == [], "servers named by a URL are left alone"
        assert up.left() == []


class TestFamily:
    def test_is_the_only_one_of_its_state_directory(self, state: Path) -> None:
        with Family(state, {}), pytest.raises(AlreadyUp):
            Family(state, {})
        with Family(state, {}):
            pass

    def test_is_not_mistaken_for_a_process_that_got_the_same_pid_later(self, state: Path) -> None:
        stranger = {"up": {"pid": os.getpid(), "born": time.time() - 1e6}}
        (state / "processes.json").write_text(json.dumps(stranger))
        assert recorded(state) == {}
        assert end_recorded(state) == []

    def test_tells_who_died_and_what_it_said(self, state: Path) -> None:
        with Family(state, {"DATABASE_URL": "mysql://x"}) as family:
            family.start("migrate")
            until = time.monotonic() + PATIENCE
            while not family.dead() and time.monotonic() < until:
                time.sleep(0.05)
            assert family.dead() == ["migrate"]
            assert "DATABASE_URL" in family.last_words("migrate")
