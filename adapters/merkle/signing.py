"""The signer's key in a file of mode 0600, made on first start: beside the database, never in it."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SEED_BYTES = 32


class SignerKeyUnsafe(Exception):
    """The signer's key file can be read by others, or does not hold a key."""


class SignerFile:
    """Signer over a file with the 32 bytes of an Ed25519 private key (RFC 8032)."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            _make(path)
        seed = path.read_bytes()
        if path.stat().st_mode & 0o077:
            raise SignerKeyUnsafe(f"{path.name} must have mode 0600")
        if len(seed) != SEED_BYTES:
            raise SignerKeyUnsafe(f"{path.name} does not hold {SEED_BYTES} bytes")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = self._key.public_key().public_bytes_raw()

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the public key."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature."""
        return self._key.sign(message)


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, made = tempfile.mkstemp(dir=path.parent)  # mode 0600
    with os.fdopen(descriptor, "wb") as file:
        file.write(Ed25519PrivateKey.generate().private_bytes_raw())
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        path.hardlink_to(made)  # of several processes that begin at once, the first wins
    os.unlink(made)
