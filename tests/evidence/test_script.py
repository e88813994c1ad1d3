"""The script in a bundle convicts whoever changed a byte of it, and says where, with nothing of ours at hand."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from adapters.evidence import verify
from adapters.evidence.choice import Choice
from adapters.merkle.note import Checkpoint, Note, sign_checkpoint
from adapters.merkle.signing import SignerFile
from tests.evidence.conftest import Past
from tests.evidence.ground import Auditor


def edited(key: str, change: Callable[[Any], Any]) -> Callable[[list[dict[str, Any]]], None]:
    def edit(events: list[dict[str, Any]]) -> None:
        events[300][key] = change(events[300][key])

    return edit


def without(events: list[dict[str, Any]]) -> None:
    del events[300]


def exchanged(events: list[dict[str, Any]]) -> None:
    events[300], events[310] = events[310], events[300]


def twice(events: list[dict[str, Any]]) -> None:
    events.insert(301, dict(events[300]))


def shortened(events: list[dict[str, Any]]) -> None:
    del events[-3:]


def swapped(events: list[dict[str, Any]]) -> None:
    events[300]["sealed"], events[301]["sealed"] = events[301]["sealed"], events[300]["sealed"]


BENT: dict[str, tuple[Callable[[list[dict[str, Any]]], None], int]] = {
    "data": (edited("data", lambda text: text + " "), 300),
    "meta": (edited("meta", lambda text: text.replace("actor", "acter")), 300),
    "sealed": (edited("sealed", lambda _: None), 300),
    "empty": (edited("sealed", lambda _: ""), 300),
    "position": (edited("position", lambda position: -position), 300),
    "tenant": (edited("tenant_id", lambda _: str(uuid4())), 300),
    "stream": (edited("stream_id", lambda _: str(uuid4())), 300),
    "version": (edited("version", lambda version: version + 1), 300),
    "type": (edited("type", lambda topic: topic + "s"), 300),
    "schema": (edited("schema_version", lambda version: version + 1), 300),
    "key": (edited("key_id", lambda _: None), 300),
    "subject": (edited("subject_id", lambda _: str(uuid4())), 300),
    "time": (edited("recorded_at", lambda at: at.replace("+00:00", "+00:01")), 300),
    "removed": (without, 300),
    "exchanged": (exchanged, 300),
    "repeated": (twice, 301),
    "shortened": (shortened, -3),
    "swapped": (swapped, 300),
}


def bend(path: Path, change: Callable[[list[dict[str, Any]]], None], at: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Change a bundle's events; return the ones before and at the first that is then wrong, as they were."""
    events = [json.loads(line) for line in path.read_text().splitlines()]
    before, wrong = dict(events[at - 1]), dict(events[at])
    change(events)
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return before, wrong


@pytest.fixture(scope="module")
def ranged(past: Past, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of a range that is all there is."""
    auditor = Auditor(tmp_path_factory.mktemp("range"), past.signer.public_key)
    return auditor.export(past.url, Choice(tenant_id=past.tenants[0], span=(0, 10**9)))[0]


class TestTheScript:
    @pytest.mark.parametrize("bent", list(BENT))
    def test_names_the_first_event_that_is_wrong(self, past: Past, auditor: Auditor, whole: Path, bent: str) -> None:
        change, at = BENT[bent]
        auditor.unpack(whole)
        before, wrong = bend(auditor.events(past.tenants[0]), change, at)
        checked = auditor.run()
        assert checked.code == 1
        assert re.search(rf"after position {before['position']}\b", checked.said), checked.said
        named = re.search(r"the event at position (-?\d+)", checked.said)
        assert named is None or int(named[1]) >= wrong["position"] or bent in {"position", "repeated"}

    @pytest.mark.parametrize("bent", ["data", "subject", "removed", "exchanged", "repeated", "shortened"])
    def test_finds_what_is_wrong_in_a_range(self, past: Past, auditor: Auditor, ranged: Path, bent: str) -> None:
        change, at = BENT[bent]
        auditor.unpack(ranged)
        bend(auditor.events(past.tenants[0]), change, at)
        checked = auditor.run()
        assert (checked.code, auditor.located(checked.said) is None) == (1, False), checked.said

    @pytest.mark.parametrize("part", ["text", "signature", "leaf", "form"])
    def test_finds_a_checkpoint_or_a_leaf_that_was_changed(
        self, past: Past, auditor: Auditor, whole: Path, part: str
    ) -> None:
        auditor.unpack(whole)
        folder = auditor.events(past.tenants[0]).parent
        note = max((folder / "checkpoints").iterdir())
        text = note.read_text()
        if part == "leaf":
            data = (folder / "leaves.bin").read_bytes()
            (folder / "leaves.bin").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        elif part == "text":
            note.write_text(text.replace("position ", "position 1"))
        elif part == "signature":
            note.write_text(text[:-20] + ("A" if text[-20] != "A" else "B") + text[-19:])
        else:
            note.write_text(text.replace("\n\n", "\n"))
        assert auditor.run().code == 1

    def test_does_not_take_the_word_of_another_key(self, past: Past, auditor: Auditor, tmp_path: Path) -> None:
        bundle, _ = auditor.export(past.url, Choice(tenant_id=past.tenants[1]))
        (tmp_path / "other").mkdir()
        stranger = Auditor(tmp_path / "other", SignerFile(tmp_path / "other" / "signer.key").public_key)
        checked = stranger.check(bundle)
        assert checked.code == 1
        assert "not signed by the key" in checked.said

    def test_finds_that_two_histories_were_told(
        self, past: Past, auditor: Auditor, ranged: Path, tmp_path: Path
    ) -> None:
        auditor.unpack(ranged)
        note = next((auditor.events(past.tenants[0]).parent / "checkpoints").iterdir())
        told = Checkpoint.parse(Note.parse(note.read_text()).text)
        auditor.notes = tmp_path / "kept"
        auditor.notes.mkdir()
        (auditor.notes / note.name).write_text(note.read_text())
        assert auditor.run().code == 0
        other = sign_checkpoint(told._replace(root=bytes(32)), past.signer)
        (auditor.notes / note.name).write_text(str(other))
        assert "two histories" in auditor.run().said

    def test_asks_for_a_newer_bundle_when_a_kept_checkpoint_covers_more(
        self, past: Past, auditor: Auditor, whole: Path
    ) -> None:
        auditor.unpack(whole)
        folder = auditor.events(past.tenants[0]).parent
        max((folder / "checkpoints").iterdir()).unlink()
        (folder / "top.json").unlink()
        older = int(next((folder / "checkpoints").glob("*.note")).stem)
        (folder / "leaves.bin").write_bytes((folder / "leaves.bin").read_bytes()[: 32 * older])
        events = auditor.events(past.tenants[0]).read_text().splitlines(keepends=True)
        auditor.events(past.tenants[0]).write_text("".join(events[:older]))
        assert auditor.run().code == 1
        auditor.notes = None
        assert auditor.run().code == 0, "without notes of one's own nobody can tell"

    def test_says_when_it_cannot_be_used(self, auditor: Auditor, whole: Path) -> None:
        auditor.unpack(whole)
        (auditor.unpacked / "manifest.json").unlink()
        assert auditor.run().code == 2

    def test_imports_the_standard_library_only_and_reads_as_python_3_9(self) -> None:
        tree = ast.parse(Path(verify.__file__).read_text(), feature_version=(3, 9))
        names = {
            name.partition(".")[0]
            for statement in ast.walk(tree)
            if isinstance(statement, ast.Import | ast.ImportFrom)
            for name in ([statement.module or ""] if isinstance(statement, ast.ImportFrom) else
                         [alias.name for alias in statement.names])
        }  # fmt: skip
        assert names <= sys.stdlib_module_names

    def test_can_be_done_without_by_hand(self, past: Past, auditor: Auditor) -> None:
        bundle, (packed,) = auditor.export(past.url, Choice(tenant_id=past.tenants[0]))
        said = auditor.check(bundle).said
        manual = (auditor.unpacked / "README.md").read_text().partition("## By hand")[2]
        blocks = [line.strip() for line in manual.splitlines() if line.startswith("    ")]
        blocks = [line.replace("events/TENANT", packed.log).replace("SIZE", f"{packed.size:020d}") for line in blocks]
        commands = "\n".join(line for line in blocks if "openssl ts" not in line)
        done = subprocess.run(
            ["bash", "-euc", commands], cwd=auditor.unpacked, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "Signature Verified Successfully" in done.stdout
        assert done.stdout.split()[-1] in said
