"""Who keeps the root key: wraps and unwraps the tenants' keys, and never shows itself."""

from typing import Protocol


class KeyManagement(Protocol):
    """Port to the root key."""

    def wrap(self, key: bytes) -> bytes:
        """Return a 32-byte key wrapped under the root key."""
        ...

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return the key. Raises when it was not wrapped under this root key."""
        ...
