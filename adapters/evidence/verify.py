"""Checks the folder it lies in with Python's standard library and openssl alone; imports nothing of Caretrail.

An implementation of its own, written from FORMAT.md: README.md says what it shows, and how to do it by hand.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterator

OK, WRONG, UNUSABLE = 0, 1, 2
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
ED25519_HEAD = bytes.fromhex("302a300506032b6570032100")
Event = dict[str, Any]


class Wrong(Exception):
    """Something is not as it was signed; says what and where."""


class Note(NamedTuple):
    """A signed checkpoint: what it says, the text that says so, and the signatures under its origin."""

    origin: str
    size: int
    root: bytes
    position: int
    text: bytes
    signatures: tuple[bytes, ...]


def sha256(*parts: bytes) -> bytes:
    """Return the SHA-256 of the parts, one after the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 6962)."""
    return sha256(b"\x01", left, right)


def digest(event: Event, name: str) -> bytes:
    """Return the SHA-256 of a content: of the one that is here, or as it stands for one that was left out."""
    given, content = event.get(f"{name}_sha256"), event.get(name)
    if given is not None or content is None:
        return bytes.fromhex(given or "")
    return sha256(base64.b64decode(content, validate=True) if name == "sealed" else content.encode())


def leaf(event: Event) -> bytes:
    """Return an event's leaf hash, computed from its columns."""
    micros = (datetime.fromisoformat(event["recorded_at"]) - EPOCH) // timedelta(microseconds=1)
    key, subject = event["key_id"], event["subject_id"]
    columns = (
        event["position"].to_bytes(8, "big", signed=True),
        UUID(event["tenant_id"]).bytes,
        UUID(event["stream_id"]).bytes,
        event["version"].to_bytes(8, "big", signed=True),
        event["type"].encode(),
        event["schema_version"].to_bytes(4, "big", signed=True),
        UUID(key).bytes if key else b"",
        UUID(subject).bytes if subject else b"",
        digest(event, "meta"),
        micros.to_bytes(8, "big", signed=True),
    )
    header = b"".join(len(column).to_bytes(4, "big") + column for column in columns)
    return sha256(b"\x00", header, digest(event, "data"), digest(event, "sealed"))


class Tree:
    """A growing Merkle tree, of which only the roots of its full subtrees are kept."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def add(self, leaf_hash: bytes) -> None:
        """Append a leaf."""
        left = self.size
        while left & 1:
            leaf_hash = node(self.peaks.pop(), leaf_hash)
            left >>= 1
        self.peaks.append(leaf_hash)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of what was appended so far."""
        root = self.peaks[-1] if self.peaks else sha256()
        for peak in reversed(self.peaks[:-1]):
            root = node(peak, root)
        return root


def root_by_proof(root: bytes, index: int, size: int, proof: list[str]) -> bytes:
    """Return the root that an inclusion proof leads to from a leaf (RFC 9162, 2.1.3.2); b"" when it cannot be one."""
    here, last = index, size - 1
    if not 0 <= here <= last:
        return b""
    for step in map(bytes.fromhex, proof):
        if last == 0:
            return b""
        if here & 1 or here == last:
            root = node(step, root)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            root = node(root, step)
        here, last = here >> 1, last >> 1
    return root if last == 0 else b""


def read_note(path: Path) -> Note:
    """Read a signed checkpoint. Raises Wrong when it has not that form."""
    text, _, signed = path.read_bytes().rpartition(b"\n\n")
    try:
        origin, size, root, *more = text.decode().split("\n")
        position = next((int(line[9:]) for line in more if line.startswith("position ")), 0)
        lines = [line.split(" ") for line in signed.decode().splitlines()]
        signatures = [base64.b64decode(value) for dash, name, value in lines if (dash, name) == ("\u2014", origin)]
        return Note(origin, int(size), base64.b64decode(root), position, text + b"\n", tuple(signatures))
    except ValueError:
        raise Wrong(f"{path.name} is not a signed checkpoint") from None


def public_key(path: Path) -> bytes:
    """Return the 32 bytes of an Ed25519 public key in PEM."""
    der = base64.b64decode("".join(line for line in path.read_text().splitlines() if not line.startswith("-")))
    if der[:12] != ED25519_HEAD or len(der) != 44:
        raise Wrong(f"{path.name} is not an Ed25519 public key")
    return der[12:]


def check_signature(note: Note, key_path: Path) -> None:
    """Let openssl verify the note's signature by the key. Raises Wrong."""
    key_id = sha256(note.origin.encode(), b"\n\x01", public_key(key_path))[:4]
    with tempfile.TemporaryDirectory() as folder:
        text, signature = Path(folder, "text"), Path(folder, "signature")
        text.write_bytes(note.text)
        for value in (value[4:] for value in note.signatures if value[:4] == key_id):
            signature.write_bytes(value)
            command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(key_path), "-rawin"]
            command += ["-in", str(text), "-sigfile", str(signature)]
            if subprocess.run(command, capture_output=True, check=False).returncode == 0:
                return
    raise Wrong(f"the checkpoint of {note.origin} over {note.size} is not signed by the key")


def lines_of(path: Path) -> Iterator[Event]:
    """Yield the events of a file, in its order."""
    with path.open(encoding="utf-8") as file:
        for count, line in enumerate(file, 1):
            try:
                event = json.loads(line)
                event["hash"] = leaf(event)
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
                raise Wrong(f"line {count} of {path.parent.name}/{path.name} is not an event") from None
            yield event


def named(event: Event) -> str:
    """Return which event it is."""
    place = f"position {event['position']} (stream {event['stream_id']} version {event['version']})"
    return f"the event at {place}, {event['type']},"


def difference(events: Iterator[Event], leaves: list[bytes]) -> str:
    """Say where and how events first differ from the leaves they should be; "" when they do not."""
    before = "at the beginning"
    for at, good in enumerate(leaves):
        event = next(events, None)
        if event is None:
            return f"{len(leaves) - at} events are missing {before}"
        if event["hash"] != good:
            return departure(event, {later["hash"] for later in events}, leaves[at:], before)
        before = f"after position {event['position']}"
    return ""


def departure(event: Event, later: set[bytes], leaves: list[bytes], before: str) -> str:
    """Say what was done where an event stands that is not the leaf of its place."""
    if leaves[0] in later:
        if event["hash"] in leaves:
            return f"the order was changed {before}, beginning with {named(event)}"
        return f"{named(event)} was put in {before}"
    if event["hash"] in leaves:
        return f"{leaves.index(event['hash'])} events are missing {before} and before position {event['position']}"
    return f"{named(event)} is not the one that stood {before}"


def check_whole(folder: Path, notes: list[Note], key: Path) -> str:
    """Check a whole log: its leaves against every checkpoint, and its events against the leaves."""
    data, tree, size, position, wrong = (folder / "leaves.bin").read_bytes(), Tree(), 0, 0, None
    leaves = [data[at : at + 32] for at in range(0, len(data), 32)]
    for note in notes:
        for hashed in leaves[tree.size : note.size]:
            tree.add(hashed)
        if (tree.size, tree.root()) != (note.size, note.root):
            check_signature(note, key)
            wrong = note
            break
        size, position = note.size, note.position
    events = lines_of(folder / "events.ndjson")
    if found := difference(events, leaves[:size]):
        raise Wrong(found)
    if wrong:
        held = f"up to position {wrong.position}, {wrong.size - size} of them, are not those of a checkpoint"
        raise Wrong(f"the events after position {position} {held}; {len(leaves)} of {wrong.size} are here in all")
    if event := next(events, None):
        raise Wrong(f"{named(event)} was put in after position {position}")
    return f"all {size} events up to position {position}, none left out"


def check_some(folder: Path, note: Note, span: list[int] | None) -> str:
    """Check chosen events, each by its proof; when they are a range, also that none inside it was left out."""
    index, position, count = -1, -1, 0
    for event in lines_of(folder / "events.ndjson"):
        if root_by_proof(event["hash"], event["index"], note.size, event["proof"]) != note.root:
            raise Wrong(f"{named(event)} is not the one that stood there")
        if event["index"] <= index:
            raise Wrong(f"the order was changed after position {position}, beginning with {named(event)}")
        if span and event["index"] != index + 1 and event["position"] >= span[0] and (count or index < 0):
            raise Wrong(f"events are missing after position {position} and before position {event['position']}")
        index, position, count = event["index"], event["position"], count + ("data" in event)
    if span and index < note.size - 1 and position <= span[1]:
        raise Wrong(f"events are missing after position {position}")
    return f"{count} events, each by its proof" + (", none of the range left out" if span else "")


def check_top(folder: Path, note: Note, key: Path) -> str:
    """Check that a log's checkpoint is in the top log, whose checkpoint carries the timestamp (when there is one)."""
    if not (folder / "top.json").exists():
        return ""
    top, found = read_note(folder / "top.note"), json.loads((folder / "top.json").read_text())
    check_signature(top, key)
    if root_by_proof(sha256(b"\x00", note.text), found["index"], top.size, found["proof"]) != top.root:
        raise Wrong("the checkpoint is not in the top log")
    return "; its checkpoint is in the top log"


def check_log(folder: Path, key: Path, kept: list[Note], span: list[int] | None) -> str:
    """Check one log of the bundle; return what it shows. Raises Wrong."""
    own = [read_note(path) for path in sorted((folder / "checkpoints").glob("*.note"))]
    origin = f"caretrail/{folder.parent.name}/{folder.name}"
    if not own or {note.origin for note in own} != {origin}:
        raise Wrong("there is no checkpoint, or it is of another log")
    notes = sorted({note for note in own + kept if note.origin == origin}, key=lambda note: note.size)
    if len({note.size for note in notes}) < len({(note.size, note.root) for note in notes}):
        raise Wrong("two checkpoints of one size have different roots: two histories were told")
    for newest in {own[-1], notes[-1]}:
        check_signature(newest, key)
    whole = (folder / "leaves.bin").exists()
    shown = check_whole(folder, notes, key) if whole else check_some(folder, own[-1], span)
    return shown + check_top(folder, own[-1], key)


def check(folder: Path, key: Path, notes: Path | None) -> Iterator[tuple[int, str]]:
    """Yield an exit code and a line for the signer and for each log of the bundle."""
    manifest = json.loads((folder / "manifest.json").read_text())
    kept = [read_note(path) for path in sorted(notes.rglob("*.note"))] if notes else []
    yield OK, f"signer   sha256 {hashlib.sha256(ED25519_HEAD + public_key(key)).hexdigest()}"
    for log in manifest["logs"]:
        try:
            yield OK, f"sound    {log}: {check_log(folder / log, key, kept, manifest['selection'].get('range'))}"
        except (Wrong, ValueError, KeyError, TypeError, AttributeError) as error:
            yield WRONG, f"WRONG    {log}: {error if isinstance(error, Wrong) else 'not in the form of FORMAT.md'}"


def main() -> int:
    """Check the bundle; say of every log what is shown, or the first thing that is wrong."""
    parser = argparse.ArgumentParser(description="Checks an evidence bundle.", epilog="0 sound, 1 wrong, 2 unusable")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--key", type=Path, help="the signer's public key (PEM) as you know it from elsewhere")
    parser.add_argument("--notes", type=Path, help="folder of checkpoints that you have kept yourself")
    given = parser.parse_args()
    code = OK
    try:
        for found, line in check(given.folder, given.key or given.folder / "signer.pem", given.notes):
            code = max(code, found)
            sys.stdout.write(line + "\n")
    except (Wrong, OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"unusable: {type(error).__name__}: {error}\n")
        return UNUSABLE
    return code


if __name__ == "__main__":
    sys.exit(main())
