"""What a check says at its end: three words, because what was not asked has not been answered."""

import subprocess
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from adapters.settings import ROOT


class State(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FOUND = "found something"
    NOT_REACHED = "not reached"


class Outcome(NamedTuple):
    """The end of one check; ``said`` is its summary in one line."""

    state: State
    said: str
    findings: list[str]
    facts: dict[str, Any]


def concluded(findings: Sequence[str], said: str, **facts: Any) -> Outcome:
    """Return the outcome of a check that could look at everything."""
    return Outcome(State.FOUND if findings else State.PASSED, said, list(findings), facts)


def tool(*arguments: str, folder: Path = ROOT, seconds: float = 600) -> subprocess.CompletedProcess[str]:
    """Run a tool of this environment, as ``python -m``; its exit code is the caller's to judge."""
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False)


class ToolFailed(Exception):
    """A tool ended without an answer; its last words follow."""

    def __init__(self, name: str, done: subprocess.CompletedProcess[str]) -> None:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-3:]
        super().__init__(f"{name} ended with {done.returncode}: {' / '.join(last)}")
