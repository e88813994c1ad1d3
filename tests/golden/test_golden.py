"""Events are for ever: what any released version has written is read today as it was meant, byte for byte."""

import hashlib
import json
from pathlib import Path

import pytest

from adapters.codec.codec import sealed_fields
from domain.catalogue import EVENTS
from domain.kernel.event import DomainEvent, withheld
from tests.golden.make import CODEC, FOLDER, SUMS, path_of

FILES = sorted(FOLDER.glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
class TestGoldenFile:
    def test_is_read_and_written_back_byte_for_byte(self, path: Path) -> None:
        golden = json.loads(path.read_text())
        event = CODEC.decode(golden["topic"], golden["version"], golden["data"], golden["sealed"])
        if golden["version"] == type(event).VERSION:
            assert CODEC.encode(event) == (golden["data"], golden["sealed"])

    def test_is_read_without_opening_what_is_sealed(self, path: Path) -> None:
        golden = json.loads(path.read_text())
        event = CODEC.decode(golden["topic"], golden["version"], golden["data"])
        assert all(withheld(getattr(event, name)) for name in sealed_fields(type(event)))

    def test_was_never_edited(self, path: Path) -> None:
        sums = {name: digest for digest, name in (line.split() for line in SUMS.read_text().splitlines())}
        assert sums[path.name] == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.TOPIC)
class TestEvent:
    def test_has_a_golden_file_for_every_version(self, event: type[DomainEvent]) -> None:
        missing = [v for v in range(1, event.VERSION + 1) if not path_of(event.TOPIC, v).exists()]
        assert missing == [], "run python -m tests.golden.make"

    def test_names_a_subject_when_it_holds_personal_data(self, event: type[DomainEvent]) -> None:
        if sealed_fields(event):
            assert event.SUBJECT in event.__struct_fields__
