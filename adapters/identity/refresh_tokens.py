"""Refresh tokens: 256 bits, only their digest kept, renewed by one compare-and-swap. A successor is made of the token
presented and a salt kept beside it: whoever presents that one in the same moment is given the same, and neither the
table alone nor an old token alone leads to one that lives."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from adapters.identity.table import Asking, Row
from application.ports.tokens import RefreshRefused, Renewed, SignedIn
from domain.identity.kinds import Method

TOKEN_BYTES, SALT_BYTES = 32, 16
GRACE_SECONDS = 10
_SESSION = "s.session_id, s.user_id, s.organization_id, s.methods, s.authenticated_at"
_BEGIN = b"""WITH session AS (
        INSERT INTO identity.sessions (session_id, user_id, organization_id, methods, authenticated_at, expires_at)
        VALUES (%(session)s, %(user)s, %(organization)s, %(methods)s, %(at)s,
                clock_timestamp() + make_interval(secs => %(seconds)s))
        RETURNING session_id, expires_at)
    INSERT INTO identity.refresh_tokens (token_hash, session_id, expires_at)
    SELECT %(hash)s, session_id, expires_at FROM session"""
# The swap: of those that present a token at the same moment one finds it unused.
_RENEW = f"""WITH used AS (
        UPDATE identity.refresh_tokens t
        SET used_at = clock_timestamp(), salt = %(salt)s, presenter = %(presenter)s
        FROM identity.sessions s
        WHERE t.token_hash = %(hash)s AND t.used_at IS NULL AND t.expires_at > clock_timestamp()
            AND s.session_id = t.session_id AND s.ended_at IS NULL
        RETURNING t.session_id),
    next AS (
        INSERT INTO identity.refresh_tokens (token_hash, session_id, expires_at)
        SELECT %(next)s, session_id, clock_timestamp() + make_interval(secs => %(seconds)s) FROM used)
    UPDATE identity.sessions s
    SET expires_at = clock_timestamp() + make_interval(secs => %(seconds)s)
    FROM used WHERE s.session_id = used.session_id RETURNING {_SESSION}""".encode()
_USED = f"""SELECT t.salt, t.presenter = %(presenter)s
            AND t.used_at > clock_timestamp() - make_interval(secs => {GRACE_SECONDS}), {_SESSION}
    FROM identity.refresh_tokens t JOIN identity.sessions s USING (session_id)
    WHERE t.token_hash = %(hash)s AND t.used_at IS NOT NULL AND s.ended_at IS NULL""".encode()
_SESSION_OF = f"""SELECT {_SESSION} FROM identity.refresh_tokens t JOIN identity.sessions s USING (session_id)
    WHERE t.token_hash = %(hash)s AND t.expires_at > clock_timestamp() AND s.ended_at IS NULL""".encode()
_MOVE = f"""UPDATE identity.sessions s SET organization_id = %(organization)s
    WHERE s.session_id = %(session)s AND s.ended_at IS NULL AND s.expires_at > clock_timestamp()
    RETURNING {_SESSION}""".encode()
_PROVEN = f"""UPDATE identity.sessions s SET authenticated_at = %(at)s,
        methods = s.methods || ARRAY(SELECT m FROM unnest(%(methods)s::text[]) m WHERE m <> ALL (s.methods))
    WHERE s.session_id = %(session)s AND s.ended_at IS NULL AND s.expires_at > clock_timestamp()
    RETURNING {_SESSION}""".encode()
_ALIVE = b"""SELECT session_id FROM identity.sessions
    WHERE user_id = %(user)s AND ended_at IS NULL AND expires_at > clock_timestamp()"""
_CAME_FROM = b"UPDATE identity.sessions SET provider_session = %(mark)s WHERE session_id = %(session)s"
_BY_PROVIDER = f"""SELECT {_SESSION} FROM identity.sessions s
    WHERE s.provider_session = %(mark)s AND s.ended_at IS NULL AND s.expires_at > clock_timestamp()""".encode()
_END = b"UPDATE identity.sessions SET ended_at = clock_timestamp() WHERE session_id = %(session)s AND ended_at IS NULL"
_END_ALL = b"""UPDATE identity.sessions SET ended_at = clock_timestamp()
    WHERE user_id = %(user)s AND ended_at IS NULL AND session_id IS DISTINCT FROM %(but)s RETURNING session_id"""


class StoredRefreshTokens(Asking):
    """RefreshTokens over a pool. A token lives for ``seconds`` unless it is used."""

    def __init__(self, pool: AsyncConnectionPool[Any], seconds: int) -> None:
        super().__init__(pool)
        self.seconds = seconds

    async def begin(self, session: SignedIn) -> str:
        """Begin a session's family."""
        token = secrets.token_bytes(TOKEN_BYTES)
        values = {
            "session": session.session_id, "user": session.user_id, "organization": session.organization_id,
            "methods": list(session.methods), "at": session.authenticated_at, "hash": _digest(token),
            "seconds": self.seconds,
        }  # fmt: skip
        await self._rows(_BEGIN, values)
        return _text(token)

    async def session_of(self, token: str) -> SignedIn | None:
        """Find whose token this is."""
        row = await self._row(_SESSION_OF, {"hash": sha256(token.encode()).digest()})
        return _signed_in(row) if row else None

    async def renew(self, token: str, presenter: str) -> Renewed:
        """Return the successor; see the port."""
        presented = sha256(token.encode()).digest()
        salt, who = secrets.token_bytes(SALT_BYTES), sha256(presenter.encode()).digest()
        successor = _successor(token, salt)
        values = {
            "hash": presented, "salt": salt, "presenter": who, "next": _digest(successor), "seconds": self.seconds,
        }  # fmt: skip
        row = await self._row(_RENEW, values)
        if row is not None:
            return Renewed(_signed_in(row), _text(successor))
        row = await self._row(_USED, values)
        if row is None:
            raise RefreshRefused("This session is over: sign in again.")
        if row[1]:
            return Renewed(_signed_in(row[2:]), _text(_successor(token, bytes(row[0]))))
        await self.end(row[2])
        return Renewed(_signed_in(row[2:]), None)

    async def alive(self, user_id: UUID) -> list[UUID]:
        """Return the sessions of a user that have neither ended nor expired."""
        return [row[0] for row in await self._rows(_ALIVE, {"user": user_id})]

    async def move(self, session_id: UUID, organization_id: UUID) -> SignedIn | None:
        """Let a session act elsewhere."""
        row = await self._row(_MOVE, {"session": session_id, "organization": organization_id})
        return _signed_in(row) if row else None

    async def proven(self, session_id: UUID, methods: Sequence[Method], at: datetime) -> SignedIn | None:
        """Note another proof."""
        row = await self._row(_PROVEN, {"session": session_id, "methods": list(methods), "at": at})
        return _signed_in(row) if row else None

    async def came_from(self, session_id: UUID, provider_session: UUID) -> None:
        """Note a provider's session."""
        await self._rows(_CAME_FROM, {"session": session_id, "mark": provider_session})

    async def by_provider(self, provider_session: UUID) -> list[SignedIn]:
        """Return a provider's sessions here."""
        return [_signed_in(row) for row in await self._rows(_BY_PROVIDER, {"mark": provider_session})]

    async def end(self, session_id: UUID) -> None:
        """End a session's family."""
        await self._rows(_END, {"session": session_id})

    async def end_all(self, user_id: UUID, but: UUID | None = None) -> list[UUID]:
        """End all of a user's families but one."""
        return [row[0] for row in await self._rows(_END_ALL, {"user": user_id, "but": but})]


def _text(token: bytes) -> str:
    return urlsafe_b64encode(token).rstrip(b"=").decode()


def _digest(token: bytes) -> bytes:
    return sha256(_text(token).encode()).digest()


def _successor(token: str, salt: bytes) -> bytes:
    return hmac.digest(salt, token.encode(), "sha256")


def _signed_in(row: Row) -> SignedIn:
    session_id, user_id, organization_id, methods, at = row
    return SignedIn(session_id, user_id, organization_id, tuple(map(Method, methods)), at)
