"""The script's word at the end: what was not asked is no pass, and what was found counts first."""

import json
import subprocess
import sys

import pytest

from adapters.settings import ROOT
from scripts.supply_chain.__main__ import NOT_REACHED, verdict
from scripts.supply_chain.outcome import State


def supply(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.supply_chain", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


class TestVerdict:
    @pytest.mark.parametrize(
        ("states", "code"),
        [
            ([State.PASSED, State.PASSED], 0),
            ([State.PASSED, State.FOUND, State.NOT_REACHED], 1),
            ([State.NOT_REACHED, State.PASSED], NOT_REACHED),
        ],
    )
    def test_is_the_worst_there_is_to_say(self, states: list[State], code: int) -> None:
        assert verdict(states) == code


class TestSupply:
    def test_tells_outcomes_in_json(self) -> None:
        done = supply("requirements", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["requirements"]["state"] == "passed"

    def test_knows_its_checks(self) -> None:
        done = supply("requirments")
        assert done.returncode == 2
        assert "licences" in done.stderr
