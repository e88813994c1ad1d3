"""A house with a past: clinics have lived, their trees have grown, checkpoints are signed and lie outside."""

import re
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from adapters.evidence.bundle import Bundle, Packed, public_key_pem
from adapters.evidence.choice import Choice
from adapters.merkle.anchors import Anchors
from adapters.merkle.checkpoints import Checkpointer
from adapters.merkle.folder import FolderAnchor
from application.ports.signer import Signer


def anchor(url: str, outside: Path, signer: Signer) -> None:
    """Sign every log that has grown, and hand notes and leaves out."""
    with psycopg.connect(url, autocommit=True) as one, psycopg.connect(url, autocommit=True) as two:
        folder = FolderAnchor(Anchors(outside), two)
        for checkpoint in Checkpointer(one, signer, 10, 10_000).sign(datetime.now(UTC)):
            folder.receive(checkpoint)


class Checked(NamedTuple):
    """How the script in a bundle ended, and what it said."""

    code: int
    said: str


class Auditor:
    """Somebody outside with a key and notes they have kept, openssl, and a Python without Caretrail."""

    def __init__(self, folder: Path, public_key: bytes, notes: Path | None = None) -> None:
        self.folder = folder
        self.notes = notes
        self.unpacked = folder / "unpacked"
        self.key = folder / "kept.pem"
        self.key.write_text(public_key_pem(public_key))

    def export(self, url: str, choice: Choice, outside: Path | None = None, **more: Any) -> tuple[Path, list[Packed]]:
        """Have a bundle made; return where it lies, and what is said to be in it."""
        path = self.folder / "evidence.zip"
        with psycopg.connect(url, autocommit=True) as connection:
            return path, Bundle(connection, choice, outside, **more).write(path, self.key.read_text())

    def unpack(self, bundle: Path) -> None:
        """Unpack a bundle, in place of the one before."""
        shutil.rmtree(self.unpacked, ignore_errors=True)
        with zipfile.ZipFile(bundle) as archive:
            archive.extractall(self.unpacked)

    def check(self, bundle: Path) -> Checked:
        """Unpack a bundle and run its script."""
        self.unpack(bundle)
        return self.run()

    def run(self) -> Checked:
        """Run the script of the unpacked bundle, apart from everything of ours."""
        given = ["--key", str(self.key), *(["--notes", str(self.notes)] if self.notes else [])]
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(self.unpacked / "verify.py"), *given],
            cwd=self.folder, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        return Checked(done.returncode, done.stdout + done.stderr)

    def events(self, tenant: UUID) -> Path:
        """Return where the unpacked bundle has a tenant's events."""
        return self.unpacked / "events" / str(tenant) / "events.ndjson"

    @staticmethod
    def located(said: str) -> tuple[int, int] | None:
        """Return between which positions (after the first, up to the second) the script puts the first wrong event."""
        wrong = next((line for line in said.splitlines() if line.startswith("WRONG")), "")
        after = re.search(r"after position (-?\d+)", wrong)
        named = re.search(r"(?:the event at|up to|before) position (-?\d+)", wrong)
        if not after and not named:
            return None
        first, last = int(after[1]) if after else -1, int(named[1]) if named else 2**63
        return min(first, last - 1), last


def rows_of(url: str, tenant: UUID) -> list[tuple[int, UUID, str]]:
    """Return (position, stream, type) of a tenant's events in order."""
    with psycopg.connect(url) as connection:
        query = "SELECT position, stream_id, type FROM event_store.events WHERE tenant_id = %s ORDER BY position"
        return connection.execute(query, (tenant,)).fetchall()
