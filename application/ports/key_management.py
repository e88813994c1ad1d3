"""Who keeps the root key: wraps and unwraps the tenants' keys, and never shows itself."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from domain.kernel.errors import Kind, Refused


class WrongRootKey(Exception):
    """A stored key was not wrapped under this root key, or not for this place, or was altered."""


class KeyManagementUnavailable(Refused):
    """Who keeps the root key cannot be reached now, or refuses us."""

    code = "key-management-unavailable"
    kind = Kind.UNAVAILABLE


class KeyManagement(Protocol):
    """Port to the root key. ``context`` says whose key it is; wrapped, a key opens only with the same context.

    Every method may block, and raise KeyManagementUnavailable.
    """

    def wrap(self, key: bytes, context: Mapping[str, str]) -> bytes:
        """Return a 32-byte key wrapped under the newest root key."""
        ...

    def unwrap(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """Return the key. Raises WrongRootKey."""
        ...

    def outdated(self, wrapped: bytes) -> bool:
        """Whether a key lies under another root key than the newest, and should be wrapped anew."""
        ...

    def renew(self, older_than: datetime) -> bool:
        """Begin a new root key if the newest is older; False where that is not for us to do."""
        ...

    def retire(self, live: Collection[bytes]) -> int:
        """Destroy the root keys that none of the ``live`` wrapped keys needs any more; return how many."""
        ...

    def renewed_at(self) -> datetime | None:
        """When the newest root key began; None where old ones are not ours to destroy."""
        ...
