"""Who keeps the root key: wraps and unwraps the tenants' keys, and never shows itself."""

from collections.abc import Mapping
from typing import Protocol


class WrongRootKey(Exception):
    """A stored key was not wrapped under this root key, or not for this place, or was altered."""


class KeyManagement(Protocol):
    """Port to the root key. ``context`` says whose key it is; wrapped, a key opens only with the same context."""

    def wrap(self, key: bytes, context: Mapping[str, str]) -> bytes:
        """Return a 32-byte key wrapped under the root key."""
        ...

    def unwrap(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """Return the key. Raises WrongRootKey."""
        ...
