"""A family of processes on one machine: started together, watched together, ended together, never silently replaced.

Who runs is written down, so that another process can end the family even when its head was killed.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import psutil

from adapters.embedded.ground import exclusively
from adapters.settings import ROOT

PATIENCE = 30.0
LAST_LINES = 20


class AlreadyUp(Exception):
    """Another family runs from this state directory."""


class Family:
    """Children of this process, each with its log in ``state/logs``; the record is ``state/processes.json``.

    Raises AlreadyUp: a state directory feeds one family at a time.
    """

    def __init__(self, state: Path, environment: Mapping[str, str]) -> None:
        self._record = state / "processes.json"
        self._logs = state / "logs"
        self._environment = {**os.environ, **environment}
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        with exclusively(state / "processes.lock"):
            if recorded(state):
                raise AlreadyUp("Caretrail is up already from this state directory: `caretrail down` ends it.")
            self._write()

    def start(
        self, command: str, *arguments: str, environment: Mapping[str, str] | None = None, name: str | None = None
    ) -> int:
        """Start ``caretrail <command> <arguments>``, with variables of its own, and return its pid.

        ``name``: what it goes by, where the family has several of a kind; one of that name must have ended.
        """
        name = name or command
        self._logs.mkdir(parents=True, exist_ok=True)
        with self.log(name).open("ab") as log:
            self.children[name] = subprocess.Popen(
                [sys.executable, "-m", "scripts.cli", command, *arguments],
                cwd=ROOT,
                env={**self._environment, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches us alone; we end the children in order
            )
        self._write()
        return self.children[name].pid

    def log(self, name: str) -> Path:
        """Where a child writes."""
        return self._logs / f"{name}.log"

    def last_words(self, name: str) -> str:
        """The end of a child's log."""
        return "\n".join(self.log(name).read_text(errors="replace").splitlines()[-LAST_LINES:])

    def dead(self) -> list[str]:
        """Names of the children that have ended."""
        return [name for name, child in self.children.items() if child.poll() is not None]

    def stop(self) -> None:
        """Ask every child to end, insist after a while, and return when all are gone."""
        _end([process for child in self.children.values() if (process := _process(child.pid))])
        for child in self.children.values():
            child.wait()
        self._record.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _write(self) -> None:
        pids = {"up": os.getpid(), **{name: child.pid for name, child in self.children.items()}}
        facts = {name: {"pid": pid, "born": _born(pid)} for name, pid in pids.items()}
        new = self._record.with_suffix(".new")
        new.write_text(json.dumps(facts))
        new.replace(self._record)


def recorded(state: Path) -> dict[str, psutil.Process]:
    """The processes of a recorded family that still live, `up` first. A reused pid is told apart by its birth."""
    try:
        facts: dict[str, Any] = json.loads((state / "processes.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}
    found = {name: _process(fact["pid"]) for name, fact in facts.items() if _born(fact["pid"]) == fact["born"]}
    return {name: process for name, process in found.items() if process is not None}


def end_recorded(state: Path) -> list[str]:
    """End a recorded family: its head first, who takes the others along, then whoever is left. Return their names."""
    living = recorded(state)
    if head := living.get("up"):
        _end([head])
    _end(list(recorded(state).values()))
    (state / "processes.json").unlink(missing_ok=True)
    return list(living)


class Stopped:
    """Turns SIGTERM and Ctrl-C into a flag, so that a loop ends in order."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def __bool__(self) -> bool:
        return self.asked

    def _ask(self, number: int, frame: object) -> None:
        self.asked = True


def wait_for_port(host: str, port: int, family: Family, stopped: Stopped, patience: float = 60.0) -> bool:
    """Return True when something listens there, False when a child died, a stop was asked for or time ran out."""
    import socket

    until = time.monotonic() + patience
    while time.monotonic() < until and not stopped and not family.dead():
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def _process(pid: int) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        return process if process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None


def _born(pid: int) -> float | None:
    process = _process(pid)
    return process.create_time() if process else None


def _end(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        if process.is_running():
            process.terminate()
    _, left = psutil.wait_procs(processes, timeout=PATIENCE)
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=PATIENCE)
