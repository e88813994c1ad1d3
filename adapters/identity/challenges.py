"""One-time codes: made from the challenge's id under the platform's key, so that sending one twice sends the same."""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from psycopg_pool import AsyncConnectionPool

from adapters.files.sealing import FileCipher
from adapters.identity.keyed import KeyedHashes
from adapters.identity.table import Asking, Row
from application.ports.challenges import Answered, Asked
from domain.identity.kinds import Purpose
from domain.identity.platform import PLATFORM

CODE_DIGITS, MOST_ATTEMPTS = 6, 5
LIFE_SECONDS = {Purpose.REGISTER: 3600, Purpose.SIGN_IN: 600, Purpose.RESET_PASSWORD: 1800}
_ASK = b"""INSERT INTO identity.one_time_codes AS c (challenge_id, purpose, email_key, asked, expires_at)
    VALUES (%(challenge)s, %(purpose)s, %(email)s, %(asked)s, clock_timestamp() + make_interval(secs => %(seconds)s))
    ON CONFLICT (email_key, purpose) DO UPDATE
    SET challenge_id = excluded.challenge_id, asked = excluded.asked, code_hash = NULL, attempts = 0,
        expires_at = excluded.expires_at"""
_LIVE = b"""SELECT purpose, asked FROM identity.one_time_codes
    WHERE challenge_id = %(challenge)s AND expires_at > clock_timestamp()"""
_ISSUE = b"""UPDATE identity.one_time_codes SET code_hash = %(hash)s
    WHERE challenge_id = %(challenge)s AND expires_at > clock_timestamp() RETURNING challenge_id"""
# Counted before it is compared: of many guesses at the same moment none is free.
_GUESS = b"""UPDATE identity.one_time_codes SET attempts = attempts + 1
    WHERE email_key = %(email)s AND purpose = ANY(%(purposes)s) AND expires_at > clock_timestamp()
        AND attempts < %(most)s
    RETURNING challenge_id, purpose, asked, code_hash"""
_LINK = b"""SELECT challenge_id, purpose, asked FROM identity.one_time_codes
    WHERE code_hash = %(hash)s AND purpose = 'reset-password' AND expires_at > clock_timestamp()"""
_CLOSE = b"DELETE FROM identity.one_time_codes WHERE challenge_id = %(challenge)s RETURNING challenge_id"


class StoredChallenges(Asking):
    """Challenges over a pool. What was typed lies sealed under the platform's own key, until the challenge is over."""

    def __init__(self, pool: AsyncConnectionPool[Any], hashes: KeyedHashes, cipher: FileCipher) -> None:
        super().__init__(pool)
        self._hashes = hashes
        self._cipher = cipher

    async def ask(self, challenge_id: UUID, purpose: Purpose, asked: Asked) -> None:
        """Keep a request."""
        sealed = await self._cipher.seal(PLATFORM, PLATFORM, _name(challenge_id), msgspec.json.encode(asked))
        values = {
            "challenge": challenge_id, "purpose": purpose, "email": await self._email(asked.email), "asked": sealed,
            "seconds": LIFE_SECONDS[purpose],
        }  # fmt: skip
        await self._rows(_ASK, values)

    async def asked(self, challenge_id: UUID) -> Asked | None:
        """Return what was typed."""
        row = await self._row(_LIVE, {"challenge": challenge_id})
        return await self._opened(challenge_id, row[1]) if row else None

    async def issue(self, challenge_id: UUID) -> str | None:
        """Return the code, its hash kept."""
        row = await self._row(_LIVE, {"challenge": challenge_id})
        if row is None:
            return None
        made = await self._hashes.of("code", str(challenge_id))
        if Purpose(row[0]) is Purpose.RESET_PASSWORD:
            code = urlsafe_b64encode(made).rstrip(b"=").decode()
            kept = sha256(code.encode()).digest()
        else:
            code = f"{int.from_bytes(made, 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}}"
            kept = await self._code(challenge_id, code)
        return code if await self._row(_ISSUE, {"challenge": challenge_id, "hash": kept}) else None

    async def answer(self, email: str, code: str) -> Answered | None:
        """Compare a code with those sent to an address."""
        purposes = [Purpose.REGISTER, Purpose.SIGN_IN]
        values = {"email": await self._email(email), "purposes": purposes, "most": MOST_ATTEMPTS}
        for challenge_id, purpose, asked, kept in await self._rows(_GUESS, values):
            if kept is not None and hmac.compare_digest(kept, await self._code(challenge_id, code)):
                return await self._answered((challenge_id, purpose, asked))
        return None

    async def answer_link(self, secret: str) -> Answered | None:
        """Find what a link's secret was sent for."""
        row = await self._row(_LINK, {"hash": sha256(secret.encode()).digest()})
        return await self._answered(row) if row else None

    async def close(self, challenge_id: UUID) -> bool:
        """Delete the challenge's row; one can."""
        return await self._row(_CLOSE, {"challenge": challenge_id}) is not None

    async def _answered(self, row: Row) -> Answered:
        challenge_id, purpose, sealed = row
        return Answered(challenge_id, Purpose(purpose), await self._opened(challenge_id, sealed))

    async def _opened(self, challenge_id: UUID, sealed: bytes) -> Asked:
        opened = await self._cipher.open(PLATFORM, PLATFORM, _name(challenge_id), bytes(sealed))
        return msgspec.json.decode(opened, type=Asked)

    async def _email(self, email: str) -> str:
        return (await self._hashes.of("email", email)).hex()

    async def _code(self, challenge_id: UUID, code: str) -> bytes:
        return await self._hashes.of("code-given", f"{challenge_id} {code}")


def _name(challenge_id: UUID) -> str:
    return f"identity/challenge/{challenge_id}"
