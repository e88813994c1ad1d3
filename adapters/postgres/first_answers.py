"""First answers in PostgreSQL: digests of requests, and answers that only the whole request opens."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg_pool import AsyncConnectionPool

from adapters.identity.keyed import KeyedHashes
from adapters.postgres.event_store import unavailable
from adapters.postgres.tenancy import rows
from application.ports.event_store import CommandKeyReused, StoreUnavailable
from application.ports.first_answers import Asked, Given, RequestUnderWay

NONCE_BYTES = 12
#: Who has not answered after two minutes never will: no request takes so long.
_BEGIN = b"""INSERT INTO answers.first AS f (tenant_id, place, request, begun_at)
    VALUES (%(tenant)s, %(place)s, %(request)s, clock_timestamp())
    ON CONFLICT (tenant_id, place) DO UPDATE SET request = excluded.request, begun_at = excluded.begun_at, answer = NULL
    WHERE f.begun_at < clock_timestamp() - CASE WHEN f.answer IS NULL THEN interval '2 minutes'
                                           ELSE interval '24 hours' END
    RETURNING begun_at"""
_FIRST = b"SELECT request, answer FROM answers.first WHERE tenant_id = %(tenant)s AND place = %(place)s"
_KEEP = b"""UPDATE answers.first SET answer = %(answer)s
    WHERE tenant_id = %(tenant)s AND place = %(place)s AND begun_at = %(begun)s RETURNING 1"""
_RELEASE = b"""DELETE FROM answers.first
    WHERE tenant_id = %(tenant)s AND place = %(place)s AND begun_at = %(begun)s RETURNING 1"""


class _Slot(NamedTuple):
    """Where a request's answer lies, and the key it is sealed under, which is nowhere but in the request."""

    row: dict[str, Any]
    key: bytes


class StoredFirstAnswers:
    """FirstAnswers over a pool. All digests are keyed: the table tells nobody who asked, under which key, or what."""

    def __init__(self, pool: AsyncConnectionPool[Any], hashes: KeyedHashes) -> None:
        self._pool = pool
        self._hashes = hashes

    async def give(self, asked: Asked, make: Callable[[], Awaitable[bytes]]) -> Given:
        """Return the first answer, or the one made now; see the port."""
        slot = await self._slot(asked)
        begun = await self._ask(_BEGIN, slot.row)
        if not begun:
            return Given(await self._first(slot), again=True)
        mine = slot.row | {"begun": begun[0][0]}
        try:
            answer = await make()
        except BaseException:
            await self._settle(_RELEASE, mine)
            raise
        await self._settle(_KEEP, mine | {"answer": _sealed(slot, answer)})
        return Given(answer, again=False)

    async def _slot(self, asked: Asked) -> _Slot:
        whose = f"{asked.tenant_id} {asked.who}\0{asked.key}"
        said = f"{whose}\0{asked.request.decode('latin-1')}"
        place = await self._hashes.of("first answer: place", whose)
        request = await self._hashes.of("first answer: request", said)
        row = {"tenant": asked.tenant_id, "place": place, "request": request}
        return _Slot(row, await self._hashes.of("first answer: key", said))

    async def _first(self, slot: _Slot) -> bytes:
        for request, sealed in await self._ask(_FIRST, slot.row):
            if bytes(request) != slot.row["request"]:
                raise CommandKeyReused("This Idempotency-Key was used before with a different request.")
            if sealed is not None:
                return _opened(slot, bytes(sealed))
        raise RequestUnderWay("The same request is being answered: ask again in a moment.", retry_after=1)

    async def _settle(self, statement: bytes, row: dict[str, Any]) -> None:
        """Write the end of a request, also when it is given up meanwhile; what it came to is not undone by failing."""
        with suppress(StoreUnavailable):
            await asyncio.shield(self._ask(statement, row))

    async def _ask(self, statement: bytes, row: dict[str, Any]) -> list[Any]:
        return await unavailable(rows(self._pool, row["tenant"], statement, row))


def _sealed(slot: _Slot, answer: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(slot.key).encrypt(nonce, answer, slot.row["place"])


def _opened(slot: _Slot, sealed: bytes) -> bytes:
    return AESGCM(slot.key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], slot.row["place"])
