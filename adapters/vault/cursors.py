"""Where a page of a list ends, sealed: a client can hand it back, and neither read nor change nor lend it."""

import base64
import binascii
import hashlib
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.identity.keyed import KeyedHashes
from domain.kernel.errors import Invalid

NONCE_BYTES = 12


class CursorRefused(Invalid):
    """The cursor is not one of this list, asked by this user with these filters; which of these, is not said."""

    code = "cursor-refused"


class Sealer:
    """AES-256-GCM under a key of one user in one tenant, bound to one list and its filters."""

    def __init__(self, key: bytes, bound: bytes) -> None:
        self._cipher = AESGCM(key)
        self._bound = hashlib.sha256(bound).digest()

    def seal(self, content: bytes) -> str:
        """Return a cursor."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, content, self._bound)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, cursor: str) -> bytes:
        """Return what a cursor holds. Raises CursorRefused."""
        try:
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._bound)
        except (InvalidTag, binascii.Error, ValueError):
            raise CursorRefused("This cursor does not belong to this list: begin at its first page.") from None


class Cursors:
    """Makes sealers; every process of an installation makes the same."""

    def __init__(self, hashes: KeyedHashes) -> None:
        self._hashes = hashes

    async def sealer(self, tenant_id: UUID, user_id: UUID, bound: bytes) -> Sealer:
        """Return the sealer of a user's cursors for a list. Raises StoreUnavailable."""
        return Sealer(await self._hashes.of("cursor", f"{tenant_id} {user_id}"), bound)
