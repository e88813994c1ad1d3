"""The root key in a file of mode 0600, made on first start: key management for one machine."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from application.ports.key_management import WrongRootKey

KEY_BYTES = 32


class RootKeyUnsafe(Exception):
    """The root key file can be read by others, or does not hold a key."""


class RootKeyFile:
    """KeyManagement over a file: AES key wrap (RFC 3394) under a key derived from the root key for each context."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
        if path.stat().st_mode & 0o077:
            raise RootKeyUnsafe(f"{path.name} must have mode 0600")
        self._key = path.read_bytes()
        if len(self._key) != KEY_BYTES:
            raise RootKeyUnsafe(f"{path.name} does not hold {KEY_BYTES} bytes")

    def wrap(self, key: bytes, context: Mapping[str, str]) -> bytes:
        """Return ``key`` wrapped."""
        return aes_key_wrap(self._derived(context), key)

    def unwrap(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """Return the key, or raise WrongRootKey."""
        try:
            return aes_key_unwrap(self._derived(context), wrapped)
        except (InvalidUnwrap, ValueError) as error:
            raise WrongRootKey("a stored key does not belong to this root key") from error

    def _derived(self, context: Mapping[str, str]) -> bytes:
        info = b"caretrail tenant key " + json.dumps(dict(context), sort_keys=True).encode()
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(self._key)
