"""The ring of keys that sign access tokens: the next one is accepted everywhere before it signs anything."""

import fcntl
import os
import secrets
import tempfile
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from time import monotonic

import msgspec
from joserfc.jwk import OctKey

from adapters.kept import kept

KEY_BYTES, ID_BYTES = 32, 8
#: Of the keys in the file the last is the next one, the one before it signs, and those before it are still accepted.
KEPT = 3
REREAD_SECONDS = 30.0
#: Unknown key ids make us look for news no more often than this, whatever tokens people send.
STRANGE_SECONDS = 1.0
_encode = msgspec.json.Encoder().encode


class RingUnsafe(Exception):
    """The file of the ring can be read by others, or does not hold one."""


class SigningKey(msgspec.Struct, frozen=True):
    """One key, in hexadecimal."""

    kid: str
    key: str
    made_at: datetime


class KeyRing:
    """A file of mode 0600, made on first start; or one key derived from a secret that is given from outside."""

    def __init__(self, path: Path, given: bytes | None = None) -> None:
        self._path = None if given else path
        self._keys: dict[str, OctKey] = {}
        self._signs = ""
        self._read_at = 0.0
        if given:
            secret = sha256(b"caretrail token key\0" + given).digest()
            self._signs = sha256(secret).hexdigest()[: ID_BYTES * 2]
            self._keys[self._signs] = OctKey.import_key(secret)
        else:
            kept(path, lambda: _encode([_new(), _new()]).decode())
            self._read()

    def signing(self) -> tuple[str, OctKey]:
        """Return the id of the key that signs now, and the key."""
        if self._path and monotonic() - self._read_at > REREAD_SECONDS:
            self._read()
        return self._signs, self._keys[self._signs]

    def key(self, kid: str) -> OctKey | None:
        """Return an accepted key."""
        if kid not in self._keys and self._path and monotonic() - self._read_at > STRANGE_SECONDS:
            self._read()
        return self._keys.get(kid)

    def rotate(self, older_than: datetime) -> bool:
        """Let the next key sign, and add another next one, if the last was made before ``older_than``."""
        if self._path is None:
            return False
        with self._path.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            keys = _stored(self._path)
            due = keys[-1].made_at < older_than
            if due:
                _written(self._path, [*keys, _new()][-KEPT:]).replace(self._path)
        self._read()
        return due

    def _read(self) -> None:
        assert self._path is not None
        keys = _stored(self._path)
        self._keys = {each.kid: OctKey.import_key(bytes.fromhex(each.key)) for each in keys}
        self._signs = keys[-2].kid
        self._read_at = monotonic()


def _stored(path: Path) -> list[SigningKey]:
    if path.stat().st_mode & 0o077:
        raise RingUnsafe(f"{path.name} must have mode 0600")
    try:
        keys = msgspec.json.decode(path.read_bytes(), type=list[SigningKey])
    except (msgspec.MsgspecError, UnicodeError):
        keys = []
    if len(keys) < KEPT - 1 or any(len(each.key) != KEY_BYTES * 2 for each in keys):
        raise RingUnsafe(f"{path.name} does not hold signing keys")
    return keys


def _new() -> SigningKey:
    return SigningKey(secrets.token_hex(ID_BYTES), secrets.token_hex(KEY_BYTES), datetime.now(UTC))


def _written(path: Path, keys: list[SigningKey]) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    with os.fdopen(handle, "wb") as file:
        file.write(_encode(keys))
        file.flush()
        os.fsync(file.fileno())
    return Path(name)
