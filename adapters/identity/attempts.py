"""Counts of failed attempts: a few are free, then each wait is twice the last, up to a quarter of an hour."""

from typing import Any

from psycopg_pool import AsyncConnectionPool

from adapters.identity.keyed import KeyedHashes
from adapters.identity.table import Asking
from application.ports.attempts import Origin, TooManyAttempts

#: Failures before the first wait: of one address from one place; of it from anywhere; from one place.
FREE_PAIR, FREE_EMAIL, FREE_PLACE = 5, 20, 100
LONGEST_SECONDS = 900
_BEGIN = b"""INSERT INTO identity.attempts AS a (subject, free, failures, blocked_until, forget_at)
    SELECT s.subject, s.free, 1, clock_timestamp(), clock_timestamp() + make_interval(secs => %(longest)s)
    FROM unnest(%(subjects)s::text[], %(free)s::integer[]) AS s(subject, free) ORDER BY s.subject
    ON CONFLICT (subject) DO UPDATE SET
        failures = CASE WHEN a.forget_at < clock_timestamp() THEN 1 ELSE a.failures + 1 END,
        blocked_until = clock_timestamp() + make_interval(secs => CASE
            WHEN a.forget_at < clock_timestamp() OR a.failures + 1 < a.free THEN 0
            ELSE least(%(longest)s, 2.0 ^ least(a.failures + 1 - a.free, 30)) END),
        forget_at = excluded.forget_at
    WHERE a.blocked_until <= clock_timestamp() RETURNING subject"""
_BLOCKED = b"""SELECT ceil(extract(epoch FROM max(blocked_until) - clock_timestamp()))::integer
    FROM identity.attempts WHERE subject = ANY(%(subjects)s)"""
_SUCCEEDED = b"""WITH forgotten AS (DELETE FROM identity.attempts WHERE subject = ANY(%(subjects)s))
    UPDATE identity.attempts SET failures = greatest(failures - 1, 0), blocked_until = clock_timestamp()
    WHERE subject = %(place)s"""
_NOT_MADE = b"UPDATE identity.attempts SET failures = greatest(failures - 1, 0) WHERE subject = ANY(%(subjects)s)"


class StoredAttempts(Asking):
    """Attempts over a pool. Addresses and places are keyed hashes; whether there is an account plays no part."""

    def __init__(self, pool: AsyncConnectionPool[Any], hashes: KeyedHashes) -> None:
        super().__init__(pool)
        self._hashes = hashes

    async def begin(self, origin: Origin) -> None:
        """Count an attempt, or raise TooManyAttempts."""
        free = await self._subjects(origin)
        subjects = {"subjects": list(free), "free": list(free.values()), "longest": LONGEST_SECONDS}
        if len(await self._rows(_BEGIN, subjects)) < len(free):
            row = await self._row(_BLOCKED, subjects)
            raise TooManyAttempts("Too many failed attempts: wait.", retry_after=max(1, row[0] or 1) if row else 1)

    async def succeeded(self, origin: Origin) -> None:
        """Forget the failures of an address; those of the place count on."""
        pair, email, place = await self._subjects(origin)
        await self._rows(_SUCCEEDED, {"subjects": [pair, email], "place": place})

    async def not_made(self, origin: Origin) -> None:
        """Take the count of an attempt back."""
        await self._rows(_NOT_MADE, {"subjects": list(await self._subjects(origin))})

    async def _subjects(self, origin: Origin) -> dict[str, int]:
        pair = (await self._hashes.of("attempt", f"{origin.email} {origin.address}")).hex()
        email = (await self._hashes.of("attempt", origin.email)).hex()
        place = (await self._hashes.of("attempt", origin.address)).hex()
        return {f"pair/{pair}": FREE_PAIR, f"email/{email}": FREE_EMAIL, f"place/{place}": FREE_PLACE}
