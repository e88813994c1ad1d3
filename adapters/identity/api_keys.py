"""Secrets of API keys: 256 random bits after a mark by which they are recognised wherever one turns up."""

import secrets
from base64 import b32encode
from datetime import datetime
from hashlib import sha256
from typing import Any

from adapters.identity.table import Asking
from application.ports.api_keys import Owned, Secret

MARK = "ctk_"
SECRET_BYTES, PREFIX_BYTES = 32, 5
_KEEP = b"""INSERT INTO identity.api_key_secrets (secret_hash, organization_id, key_id, credential_id, expires_at)
    VALUES (%(hash)s, %(organization)s, %(key)s, %(secret)s, %(until)s)"""
_FIND = b"SELECT organization_id, key_id, credential_id FROM identity.api_key_secrets WHERE secret_hash = %(hash)s"
_FORGET = b"DELETE FROM identity.api_key_secrets WHERE secret_hash = %(hash)s"


class StoredApiKeys(Asking):
    """ApiKeys over a pool. That many random bits are not guessed, so their plain digest is kept."""

    def secret(self) -> Secret:
        """Return a new secret."""
        prefix = MARK + _letters(PREFIX_BYTES)
        return Secret(f"{prefix}_{_letters(SECRET_BYTES)}", prefix)

    async def keep(self, owned: Owned, text: str, until: datetime) -> None:
        """Keep a secret's digest."""
        values: dict[str, Any] = {
            "hash": _digest(text), "organization": owned.organization_id, "key": owned.key_id,
            "secret": owned.credential_id, "until": until,
        }  # fmt: skip
        await self._rows(_KEEP, values)

    async def find(self, text: str) -> Owned | None:
        """Find a secret by its digest."""
        row = await self._row(_FIND, {"hash": _digest(text)})
        return Owned(*row) if row else None

    async def forget(self, text: str) -> None:
        """Delete the row."""
        await self._rows(_FORGET, {"hash": _digest(text)})


def _letters(count: int) -> str:
    return b32encode(secrets.token_bytes(count)).decode().rstrip("=").lower()


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()
