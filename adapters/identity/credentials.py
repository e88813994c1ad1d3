"""Credentials in PostgreSQL: password hashes as they are, authenticators sealed under their user's own key."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from adapters.files.sealing import FileCipher
from adapters.identity.table import Asking
from application.ports.credentials import Authenticator, Credential
from domain.identity.platform import PLATFORM

TOTP = "identity/totp"
_OF = b"SELECT password_hash, totp_confirmed_at IS NOT NULL FROM identity.credentials WHERE user_id = %(user)s"
_SET = b"""INSERT INTO identity.credentials (user_id, password_hash) VALUES (%(user)s, %(hash)s)
    ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash, changed_at = clock_timestamp()"""
_UPGRADE = b"""UPDATE identity.credentials SET password_hash = %(new)s
    WHERE user_id = %(user)s AND password_hash = %(old)s"""
_TOTP = b"""SELECT totp_sealed, totp_confirmed_at IS NOT NULL, totp_step FROM identity.credentials
    WHERE user_id = %(user)s AND totp_sealed IS NOT NULL"""
_BEGIN = b"""INSERT INTO identity.credentials AS c (user_id, totp_sealed) VALUES (%(user)s, %(sealed)s)
    ON CONFLICT (user_id) DO UPDATE SET totp_sealed = excluded.totp_sealed, totp_step = 0
    WHERE c.totp_confirmed_at IS NULL RETURNING user_id"""
_CONFIRM = b"""WITH confirmed AS (
        UPDATE identity.credentials SET totp_confirmed_at = clock_timestamp() WHERE user_id = %(user)s
        RETURNING user_id)
    INSERT INTO identity.recovery_codes (user_id, code_hash)
    SELECT user_id, unnest(%(codes)s::bytea[]) FROM confirmed ON CONFLICT DO NOTHING"""
_STEP = b"""UPDATE identity.credentials SET totp_step = %(step)s WHERE user_id = %(user)s AND totp_step < %(step)s
    RETURNING user_id"""
_RECOVER = b"""WITH used AS (
        UPDATE identity.recovery_codes SET used_at = clock_timestamp()
        WHERE user_id = %(user)s AND code_hash = %(code)s AND used_at IS NULL RETURNING user_id)
    SELECT (SELECT count(*) FROM identity.recovery_codes r WHERE r.user_id = used.user_id AND r.used_at IS NULL) - 1
    FROM used"""


class StoredCredentials(Asking):
    """Credentials over a pool."""

    def __init__(self, pool: AsyncConnectionPool[Any], cipher: FileCipher) -> None:
        super().__init__(pool)
        self._cipher = cipher

    async def of(self, user_id: UUID) -> Credential:
        """Return what there is."""
        row = await self._row(_OF, {"user": user_id})
        return Credential(*row) if row else Credential()

    async def set_password(self, user_id: UUID, hashed: str) -> None:
        """Keep a hash."""
        await self._rows(_SET, {"user": user_id, "hash": hashed})

    async def upgrade_password(self, user_id: UUID, old: str, new: str) -> None:
        """Keep a better hash of the same password."""
        await self._rows(_UPGRADE, {"user": user_id, "old": old, "new": new})

    async def authenticator(self, user_id: UUID) -> Authenticator | None:
        """Return the user's authenticator. Raises FileErased once the user is."""
        row = await self._row(_TOTP, {"user": user_id})
        if row is None:
            return None
        secret = await self._cipher.open(PLATFORM, user_id, TOTP, bytes(row[0]))
        return Authenticator(secret.decode(), row[1], row[2])

    async def begin_totp(self, user_id: UUID, secret: str) -> bool:
        """Keep a secret that is to be confirmed."""
        sealed = await self._cipher.seal(PLATFORM, user_id, TOTP, secret.encode())
        return await self._row(_BEGIN, {"user": user_id, "sealed": sealed}) is not None

    async def confirm_totp(self, user_id: UUID, recovery_codes: Collection[bytes]) -> None:
        """Let the secret count, and recovery codes beside it."""
        await self._rows(_CONFIRM, {"user": user_id, "codes": list(recovery_codes)})

    async def take_step(self, user_id: UUID, step: int) -> bool:
        """Note a time step, each once and in order."""
        return await self._row(_STEP, {"user": user_id, "step": step}) is not None

    async def use_recovery_code(self, user_id: UUID, digest: bytes) -> int | None:
        """Use a recovery code up."""
        row = await self._row(_RECOVER, {"user": user_id, "code": digest})
        return row[0] if row else None
