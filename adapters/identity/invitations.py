"""Links of invitations: made from the invitation's id under the platform's key, so that one sent twice is the same."""

from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from adapters.identity.keyed import EMAIL, KeyedHashes
from adapters.identity.table import Asking, Row
from application.ports.invitations import Kept
from domain.kernel.unique import UniqueKey

_KEEP = b"""INSERT INTO identity.invitations (invitation_id, organization_id, email_key, expires_at)
    VALUES (%(invitation)s, %(organization)s, %(email)s, %(expires)s) ON CONFLICT (invitation_id) DO NOTHING"""
_OF = b"SELECT invitation_id, organization_id, email_key FROM identity.invitations WHERE invitation_id = %(invitation)s"
_ISSUE = b"""UPDATE identity.invitations SET secret_hash = %(hash)s
    WHERE invitation_id = %(invitation)s RETURNING invitation_id"""
_FIND = b"SELECT invitation_id, organization_id, email_key FROM identity.invitations WHERE secret_hash = %(hash)s"
_FORGET = b"DELETE FROM identity.invitations WHERE invitation_id = %(invitation)s"


class StoredInvitations(Asking):
    """Invitations over a pool."""

    def __init__(self, pool: AsyncConnectionPool[Any], hashes: KeyedHashes) -> None:
        super().__init__(pool)
        self._hashes = hashes

    async def keep(self, kept: Kept, expires_at: datetime) -> None:
        """Keep for whom an invitation is."""
        values = {
            "invitation": kept.invitation_id, "organization": kept.organization_id, "email": kept.account.key,
            "expires": expires_at,
        }  # fmt: skip
        await self._rows(_KEEP, values)

    async def of(self, invitation_id: UUID) -> Kept | None:
        """Return for whom an invitation is."""
        row = await self._row(_OF, {"invitation": invitation_id})
        return _kept(row) if row else None

    async def issue(self, invitation_id: UUID) -> str | None:
        """Return the link's secret, its hash kept."""
        made = await self._hashes.of("invitation", str(invitation_id))
        secret = urlsafe_b64encode(made).rstrip(b"=").decode()
        values = {"invitation": invitation_id, "hash": sha256(secret.encode()).digest()}
        return secret if await self._row(_ISSUE, values) else None

    async def find(self, secret: str) -> Kept | None:
        """Find what a link's secret was sent for."""
        row = await self._row(_FIND, {"hash": sha256(secret.encode()).digest()})
        return _kept(row) if row else None

    async def forget(self, invitation_id: UUID) -> None:
        """Delete the row."""
        await self._rows(_FORGET, {"invitation": invitation_id})


def _kept(row: Row) -> Kept:
    return Kept(row[0], row[1], UniqueKey(EMAIL, row[2]))
