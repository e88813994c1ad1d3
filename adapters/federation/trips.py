"""Trips in PostgreSQL: hashes of what travels, and never what it is tied to."""

import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from adapters.identity.keyed import KeyedHashes
from adapters.identity.table import Asking, Row
from application.ports.trips import Begun, Held, Secrets, Ticket, Trip
from domain.identity.kinds import Errand

SECRET_BYTES = 32
LIFE_SECONDS = 600
#: Longer than anything we hand out: not worth a question to the database.
LONGEST = 128
_TRIP = "provider, errand, user_id, session_id, organization_id, register, cookie, fresh"
_BEGIN = f"""INSERT INTO identity.trips (state_hash, browser_hash, {_TRIP}, expires_at)
    VALUES (%(state)s, %(browser)s, %(provider)s, %(errand)s, %(user_id)s, %(session_id)s, %(organization_id)s,
            %(register)s, %(cookie)s, %(fresh)s, clock_timestamp() + make_interval(secs => {LIFE_SECONDS}))""".encode()
_OURS = "state_hash = %(state)s AND browser_hash = %(browser)s AND expires_at > clock_timestamp()"
# Of those that come back with the same state at the same moment one finds it unused.
_COME_BACK = f"""UPDATE identity.trips SET used_at = clock_timestamp() WHERE {_OURS} AND used_at IS NULL
    RETURNING {_TRIP}, begun_at""".encode()
_HOLD = f"""UPDATE identity.trips SET held_user_id = %(user)s, held_session = %(session)s
    WHERE {_OURS} AND used_at IS NOT NULL""".encode()
_HELD = f"SELECT {_TRIP}, held_user_id, held_session FROM identity.trips WHERE {_OURS} AND held_user_id IS NOT NULL"
_LET_GO = f"DELETE FROM identity.trips WHERE {_OURS} AND held_user_id IS NOT NULL RETURNING state_hash".encode()


class StoredTrips(Asking):
    """Trips over a pool."""

    def __init__(self, pool: AsyncConnectionPool[Any], hashes: KeyedHashes) -> None:
        super().__init__(pool)
        self._hashes = hashes

    async def begin(self, trip: Trip) -> Ticket:
        """Keep a trip."""
        ticket = Ticket(secrets.token_urlsafe(SECRET_BYTES), secrets.token_urlsafe(SECRET_BYTES))
        await self._rows(_BEGIN, {**trip._asdict(), **_hashed(ticket)})
        return ticket

    async def secrets(self, state: str) -> Secrets:
        """Make a trip's nonce and its verifier (RFC 7636: 43 characters) from its state."""
        return Secrets(_text(await self._hashes.of("nonce", state)), _text(await self._hashes.of("verifier", state)))

    async def come_back(self, ticket: Ticket) -> Begun | None:
        """Use a trip up."""
        if max(map(len, ticket)) > LONGEST:
            return None
        row = await self._row(_COME_BACK, _hashed(ticket))
        return Begun(_trip(row), row[8]) if row else None

    async def hold(self, ticket: Ticket, user_id: UUID, provider_session: UUID | None) -> None:
        """Keep who came back."""
        await self._rows(_HOLD, {**_hashed(ticket), "user": user_id, "session": provider_session})

    async def held(self, ticket: Ticket) -> Held | None:
        """Return who waits."""
        row = await self._row(_HELD.encode(), _hashed(ticket))
        return Held(_trip(row), row[8], row[9]) if row else None

    async def let_go(self, ticket: Ticket) -> bool:
        """Forget the trip."""
        return await self._row(_LET_GO, _hashed(ticket)) is not None


def _hashed(ticket: Ticket) -> dict[str, object]:
    return {"state": _digest(ticket.state), "browser": _digest(ticket.browser)}


def _digest(text: str) -> bytes:
    return sha256(text.encode(errors="surrogatepass")).digest()


def _text(made: bytes) -> str:
    return urlsafe_b64encode(made).rstrip(b"=").decode()


def _trip(row: Row) -> Trip:
    provider, errand, *others = row[:8]
    return Trip(provider, Errand(errand), *others)
