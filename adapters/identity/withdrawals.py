"""What ended lately, asked again and again of the log itself: a token that rests on it is refused within seconds."""

import asyncio
from time import monotonic
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from application.ports.tokens import Bearer, NotAuthenticated
from domain.catalogue import EVENTS
from domain.identity.epoch import membership_id
from domain.identity.events import Withdrawal
from domain.kernel.errors import Kind, Refused

LOOK_SECONDS, STALE_SECONDS, DEAF_SECONDS = 1.0, 2.0, 4.0
#: Longer than a transaction of ours can take: an event may become visible that much after its time.
OVERLAP_SECONDS = 30
TOPICS = sorted(topic for topic, event in EVENTS.items() if issubclass(event, Withdrawal))
_SINCE = b"SELECT stream_id, version FROM event_store.withdrawn(%s, %s)"
log = structlog.get_logger("identity")


class StandingUnknown(Refused):
    """Whether a token still counts cannot be made sure of now."""

    code = "standing-unknown"
    kind = Kind.UNAVAILABLE


class Withdrawals:
    """Remembers every withdrawal for as long as a token made before it can live (``seconds``).

    A process that cannot look for longer than four seconds believes no token at all.
    """

    def __init__(self, pool: AsyncConnectionPool[Any], seconds: int) -> None:
        self._pool = pool
        self._seconds = seconds
        self.heard: dict[UUID, tuple[int, float]] = {}
        self._looked_at: float | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look once, and then again and again in the running event loop."""
        await self.look()
        self._task = asyncio.get_running_loop().create_task(self._watch())

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def look(self) -> None:
        """Hear of what was withdrawn since the last look. Raises psycopg.Error, PoolTimeout."""
        now = monotonic()
        first = self._looked_at is None
        window = OVERLAP_SECONDS + (self._seconds if self._looked_at is None else now - self._looked_at)
        async with self._pool.connection() as connection:
            rows = await (await connection.execute(_SINCE, (TOPICS, window), prepare=True)).fetchall()
        for stream_id, version in rows:
            self.heard[stream_id] = (version, now)
        if not first:
            self.heard = {s: heard for s, heard in self.heard.items() if heard[1] > now - self._seconds - window}
        self._looked_at = now

    async def confirm(self, bearer: Bearer) -> None:
        """Raise NotAuthenticated when what the token rests on was withdrawn; StandingUnknown without news of that."""
        if self._age() > STALE_SECONDS:
            try:
                await self.look()
            except (psycopg.Error, PoolTimeout, OSError) as error:
                if self._age() > DEAF_SECONDS:
                    raise StandingUnknown("Whether you are still signed in cannot be made sure of now.") from error
        heard = self.heard
        if heard and (
            bearer.session_id in heard
            or bearer.tenant_id in heard
            or _version(heard, bearer.user_id) > bearer.epoch.user
            or _version(heard, membership_id(bearer.tenant_id, bearer.user_id)) > bearer.epoch.membership
        ):
            raise NotAuthenticated("You are not signed in any more, or your roles have changed: renew the token.")

    def _age(self) -> float:
        return float("inf") if self._looked_at is None else monotonic() - self._looked_at

    async def _watch(self) -> None:
        failing = False
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except (psycopg.Error, PoolTimeout, OSError) as error:
                if not failing:
                    log.warning("identity.withdrawals.unheard", error=type(error).__name__)
                failing = True
            else:
                failing = False


def _version(heard: dict[UUID, tuple[int, float]], stream_id: UUID) -> int:
    return heard.get(stream_id, (0, 0.0))[0]
