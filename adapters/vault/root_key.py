"""The root key in a file of mode 0600, made on first start: key management for one machine."""

import json
import os
import secrets
import tempfile
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from application.ports.key_management import WrongRootKey

KEY_BYTES, ID_BYTES = 32, 8
SCHEME = b"\x01"
HEAD = len(SCHEME) + ID_BYTES
#: How long a root key outlives the beginning of the next one: whoever wraps has read the file long before that.
GRACE = timedelta(hours=1)


class RootKeyUnsafe(Exception):
    """The root key file can be read by others, or does not hold a key."""


class RootKey(msgspec.Struct, frozen=True):
    """One root key; ``id`` and ``key`` in hexadecimal."""

    id: str
    key: str
    made_at: datetime


class RootKeyFile:
    """KeyManagement over a file: AES key wrap (RFC 3394) under a key derived from a root key for each context.

    The file holds the newest root key and those that still wrap something. One that is retired is gone: what was
    wrapped under it, and copied somewhere, can never be opened again. A wrapped key begins with its root key's id.
    """

    def __init__(self, path: Path, grace: timedelta = GRACE) -> None:
        self._path = path
        self._grace = grace
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            made = self._written([_new()])
            with suppress(FileExistsError):
                path.hardlink_to(made)  # of several processes that begin at once, the first wins
            made.unlink()
        self._keys = self._read()

    def wrap(self, key: bytes, context: Mapping[str, str]) -> bytes:
        """Return ``key`` wrapped."""
        self._keys = self._read()
        newest = self._keys[-1]
        return b"".join((SCHEME, bytes.fromhex(newest.id), aes_key_wrap(_derived(newest, context), key)))

    def unwrap(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """Return the key, or raise WrongRootKey."""
        root = self._root(wrapped)
        if root is None:
            self._keys = self._read()
            root = self._root(wrapped)
        try:
            if root is None:
                raise WrongRootKey("a stored key lies under a root key that is not here")
            return aes_key_unwrap(_derived(root, context), wrapped[HEAD:])
        except (InvalidUnwrap, ValueError) as error:
            raise WrongRootKey("a stored key does not belong to this root key") from error

    def outdated(self, wrapped: bytes) -> bool:
        """Whether a key does not lie under the newest root key."""
        return self._root(wrapped) != self._keys[-1]

    def renew(self, older_than: datetime) -> bool:
        """Begin a new root key if the newest is older."""
        self._keys = self._read()
        if self._keys[-1].made_at >= older_than:
            return False
        self._replace([*self._keys, _new()])
        return True

    def retire(self, live: Collection[bytes]) -> int:
        """Destroy the root keys that none of ``live`` needs, an hour after the next one began."""
        keys = self._keys = self._read()
        needed = {root.id for wrapped in live if (root := self._root(wrapped))}
        settled = datetime.now(UTC) - self._grace
        kept = [
            key for n, key in enumerate(keys) if key.id in needed or n == len(keys) - 1 or keys[n + 1].made_at > settled
        ]
        if len(kept) < len(keys):
            self._replace(kept)
        return len(keys) - len(kept)

    def renewed_at(self) -> datetime:
        """When the newest root key began."""
        return self._keys[-1].made_at

    def _root(self, wrapped: bytes) -> RootKey | None:
        name = wrapped[len(SCHEME) : HEAD].hex()
        return next((key for key in self._keys if wrapped[:1] == SCHEME and key.id == name), None)

    def _read(self) -> list[RootKey]:
        if self._path.stat().st_mode & 0o077:
            raise RootKeyUnsafe(f"{self._path.name} must have mode 0600")
        try:
            keys = msgspec.json.decode(self._path.read_bytes(), type=list[RootKey])
        except (msgspec.MsgspecError, UnicodeError):
            keys = []
        if not keys or any(len(key.key) != KEY_BYTES * 2 for key in keys):
            raise RootKeyUnsafe(f"{self._path.name} does not hold root keys")
        return keys

    def _replace(self, keys: list[RootKey]) -> None:
        """Put ``keys`` in the place of what the file holds, and overwrite that as far as the disk lets us."""
        made = self._written(keys)
        with self._path.open("r+b") as old:
            made.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
            old.write(bytes(os.fstat(old.fileno()).st_size))
            old.flush()
            os.fsync(old.fileno())
        self._keys = keys

    def _written(self, keys: list[RootKey]) -> Path:
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f"{self._path.name}.")  # mode 0600
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(keys))
            file.flush()
            os.fsync(file.fileno())
        return Path(name)


def _new() -> RootKey:
    return RootKey(secrets.token_hex(ID_BYTES), secrets.token_hex(KEY_BYTES), datetime.now(UTC))


def _derived(root: RootKey, context: Mapping[str, str]) -> bytes:
    info = b"caretrail tenant key " + json.dumps(dict(context), sort_keys=True).encode()
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(bytes.fromhex(root.key))
