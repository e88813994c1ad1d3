"""Logs are lines of JSON with a level, as many as the setting says, of nothing but what may be logged."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from adapters.settings import ROOT

PROGRAM = """
import structlog
from adapters.logging import configure
from adapters.settings import settings

configure(settings().log_level)
log = structlog.get_logger("sample")
for level in ("debug", "info", "warning", "error"):
    getattr(log, level)("sample.thing.done", name="thing", email="jane@example.org")
"""
LEVELS = ["debug", "info", "warning", "error"]


def said(level: str) -> list[dict[str, Any]]:
    """Return the lines of a process that logs one of each level."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=os.environ | {"CARETRAIL_LOG_LEVEL": level},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stderr.splitlines()]


class TestLines:
    @pytest.mark.requirement("R439", "R458")
    @pytest.mark.parametrize("level", ["DEBUG", "info", "error"])
    def test_are_those_of_the_level_and_above(self, level: str) -> None:
        lines = said(level)
        assert [line["level"] for line in lines] == LEVELS[LEVELS.index(level.lower()) :]
        for line in lines:
            assert (line["event"], line["name"], line["dropped"]) == ("sample.thing.done", "thing", ["email"])
            assert line["timestamp"].endswith("Z")
