"""Entries, marks, eras and locks in Valkey: one round trip a look, and no failure of it reaches who asks."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import structlog

from adapters.breaker import Breaker
from adapters.cache.entry import PREFIX, Place
from adapters.cache.families import LONGEST_SECONDS, person_tag
from adapters.cache.marks import MARK_SECONDS, RAISE, SOURCES
from adapters.valkey import UNREACHABLE, Client

#: Longer than making any value takes; whoever made it gives it back.
LOCK_SECONDS = 3.0
#: Past every position there is.
NEVER = 2**53
T = TypeVar("T")
log = structlog.get_logger("cache")


class Seen(NamedTuple):
    """What lies in a place, and what its consumers tell."""

    entry: bytes | None
    eras: tuple[str | None, ...]
    mark: int


class Shelf:
    """Every method gives None (or False) when Valkey cannot be reached; then it is left alone for a while."""

    def __init__(self, client: Client | None) -> None:
        self._client = client
        self._breaker = Breaker()
        self._looking: list[tuple[Place, asyncio.Future[Seen | None]]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def look(self, place: Place) -> Seen | None:
        """Return what lies in a place. Who looks at the same moment, for whatever, shares one question."""
        if self._client is None or self._breaker.resting():
            return None
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Seen | None] = loop.create_future()
        self._looking.append((place, future))
        if len(self._looking) == 1:
            task = loop.create_task(self._look())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await future

    async def _look(self) -> None:
        await asyncio.sleep(0)  # until all who are ready have said what they look for
        looking, self._looking = self._looking, []
        names = [[place.key, *place.eras, *place.tags] for place, _ in looking]

        async def read(client: Client) -> list[bytes | None]:
            found: list[bytes | None] = await client.mget([name for some in names for name in some])
            return found

        told = await self._try(read) or []
        first = 0
        for (place, future), some in zip(looking, names, strict=True):
            mine = told[first : first + len(some)]
            first += len(some)
            if not future.done():  # whoever looked may have gone
                future.set_result(_seen(mine, len(place.family.sources)) if mine else None)

    async def put(self, place: Place, entry: bytes, seconds: float) -> None:
        """Leave an entry in a place for so long."""

        async def write(client: Client) -> None:
            async with client.pipeline(transaction=False) as pipe:
                pipe.set(place.key, entry, px=max(1, int(seconds * 1000)))
                if place.person_id is not None:
                    owned = _owned(place.tenant_id, place.person_id)
                    pipe.sadd(owned, place.key)
                    pipe.expire(owned, LONGEST_SECONDS)
                await pipe.execute()

        await self._try(write)

    async def lock(self, place: Place) -> str | None:
        """Return a token when nobody else makes this value now, else "" (None: there is no telling)."""
        token = secrets.token_hex(8)

        async def take(client: Client) -> str:
            taken = await client.set(f"{place.key}:lock", token, nx=True, px=int(LOCK_SECONDS * 1000))
            return token if taken else ""

        return await self._try(take)

    async def unlock(self, place: Place) -> None:
        """Let others make this value."""

        async def give(client: Client) -> None:
            await client.delete(f"{place.key}:lock")

        await self._try(give)

    async def outdate(self, tags: Sequence[str], position: int) -> None:
        """Let values with these tags count only when made past ``position``."""
        names = [f"{PREFIX}:mark:{tag}" for tag in tags]

        async def raise_marks(client: Client) -> None:
            evaluated: Any = client.eval(RAISE, len(names), *names, *[position] * len(names), MARK_SECONDS)
            await evaluated

        await self._try(raise_marks)

    async def forget(self, tenant_id: UUID, person_id: UUID) -> None:
        """Remove every value about a person, and believe none that is being made."""
        await self.outdate([person_tag(consumer, tenant_id, person_id) for consumer in SOURCES], NEVER)

        async def remove(client: Client) -> None:
            owned = _owned(tenant_id, person_id)
            names: Any = client.smembers(owned)
            await client.delete(owned, *await names)

        await self._try(remove)

    async def memory(self) -> tuple[int, int] | None:
        """Return the bytes Valkey uses and may use (0: no bound)."""

        async def ask(client: Client) -> tuple[int, int]:
            info: Any = await client.info("memory")
            return int(info["used_memory"]), int(info.get("maxmemory", 0))

        return await self._try(ask)

    async def close(self) -> None:
        """Let the last look end, and close the connections."""
        await asyncio.gather(*self._tasks)
        if self._client is not None:
            await self._client.aclose()

    async def _try(self, work: Callable[[Client], Awaitable[T]]) -> T | None:
        if self._client is None or not self._breaker.allows():
            return None
        try:
            done = await work(self._client)
        except UNREACHABLE as error:
            self._breaker.failed()
            if self._breaker.open:
                log.warning("cache.unreachable", error=type(error).__name__)
            return None
        self._breaker.succeeded()
        return done


def _seen(told: Sequence[bytes | None], sources: int) -> Seen:
    entry, eras, marks = told[0], told[1 : 1 + sources], told[1 + sources :]
    names = tuple(era.decode() if era is not None else None for era in eras)
    return Seen(entry, names, max((int(mark) if mark.isdigit() else NEVER for mark in marks if mark), default=0))


def _owned(tenant_id: UUID, person_id: UUID) -> str:
    return f"{PREFIX}:about:{tenant_id}:{person_id}"
