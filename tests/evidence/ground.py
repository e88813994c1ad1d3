"""A house with a past: clinics have lived, their trees have grown, checkpoints are signed and lie outside."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.evidence.bundle import Bundle, Choice, Packed, public_key_pem
from adapters.merkle.note import Checkpoint, origin_of, sign_checkpoint
from adapters.merkle.tree import Tile


class Signer:
    """The installation's key, which lies outside the database."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()

    @property
    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


def anchor(url: str, outside: Path, signer: Signer) -> None:
    """Sign where every log stands, and hand notes and full tiles out."""
    with psycopg.connect(url) as connection:
        logs = connection.execute("SELECT kind, tenant_id, size, root, position FROM merkle.logs").fetchall()
        for kind, tenant, size, root, position in logs:
            extensions = (f"position {position}", "signed 2031-04-05T06:07:08.123456Z")
            note = str(sign_checkpoint(Checkpoint(origin_of(kind, tenant), size, root, extensions), signer))
            connection.execute(
                "INSERT INTO merkle.checkpoints (kind, tenant_id, size, root, position, signed_at, note)"
                " VALUES (%s, %s, %s, %s, %s, now(), %s) ON CONFLICT DO NOTHING",
                (kind, tenant, size, root, position, note),
            )
            folder = outside / kind / str(tenant)
            path = folder / "checkpoints" / f"{size:020d}.note"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(note)
            tiles = connection.execute(
                "SELECT index, hashes FROM merkle.tiles WHERE (kind, tenant_id, level) = (%s, %s, 0)"
                " AND octet_length(hashes) = 8192",
                (kind, tenant),
            )
            for number, hashes in tiles.fetchall():
                place = folder / "tile" / Tile(0, number).path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(hashes)


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

    @staticmethod
    def located(said: str) -> tuple[int, int] | None:
        """Return between which positions (after the first, up to the second) the script puts the first wrong event."""
        wrong = next((line for line in said.splitlines() if line.startswith("WRONG")), "")
        after = re.search(r"after position (-?\d+)", wrong)
        named = re.search(r"(?:the event at|up to|before) position (-?\d+)", wrong)
        if not after and not named:
            return None
        return int(after[1]) if after else -1, int(named[1]) if named else 2**63


def rows_of(url: str, tenant: UUID) -> list[tuple[int, UUID, str]]:
    """Return (position, stream, type) of a tenant's events in order."""
    with psycopg.connect(url) as connection:
        query = "SELECT position, stream_id, type FROM event_store.events WHERE tenant_id = %s ORDER BY position"
        return connection.execute(query, (tenant,)).fetchall()
