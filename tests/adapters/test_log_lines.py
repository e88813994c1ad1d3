"""Log lines on a full disk: they are lost, and whoever logs goes on."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import TextIO

import pytest
import structlog

from adapters.logging import Lines


@pytest.fixture
def full() -> Iterator[TextIO]:
    """A device on which no byte has room."""
    file = open("/dev/full", "w")  # noqa: SIM115  # closing it fails as writing does
    yield file
    with suppress(OSError):
        file.close()


class TestLines:
    def test_are_lost_when_there_is_no_room_and_nobody_fails_for_it(self, full: TextIO) -> None:
        with pytest.raises(OSError, match="No space left"):
            structlog.PrintLogger(full).error("what would have failed a request")
        Lines(full).error("a line")
        Lines(full).info("another")

    def test_are_written_when_there_is(self, capsys: pytest.CaptureFixture[str]) -> None:
        Lines(sys.stderr).warning("a line")
        assert capsys.readouterr().err == "a line\n"
