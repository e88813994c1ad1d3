"""Cache-aside over the read models: a value is given only while nothing it was made of has changed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import NamedTuple
from uuid import UUID

from adapters.cache.entry import Entries, Kept, Place
from adapters.cache.families import LOG, READ_AT_ONCE, clinic_tag, person_tag
from adapters.cache.figures import LOOKS, MAKING, SECONDS, Found
from adapters.cache.shelf import Seen, Shelf
from adapters.files.sealing import FileCipher, FileErased
from application.ports.event_store import Commit

#: How long somebody waits for a value that another makes, and how often they look.
PATIENCE_SECONDS, LOOK_SECONDS = 0.3, 0.02


class Made(NamedTuple):
    """A value made now. ``seconds``: for how long it holds at most, whatever happens; ``lasting``: no event changes it;
    ``worth``: whether to keep it."""

    kept: Kept
    seconds: float | None = None
    lasting: bool = False
    worth: bool = True


Make = Callable[[], Awaitable[Made]]
Reached = Callable[[Sequence[str]], Awaitable[int]]


class Cache:
    """``reached`` tells up to which position all of some consumers have come. Without Valkey every value is made."""

    def __init__(self, shelf: Shelf, cipher: FileCipher, reached: Reached) -> None:
        self._shelf = shelf
        self._entries = Entries(cipher)
        self._reached = reached
        self._making: dict[str, asyncio.Task[Kept]] = {}

    async def get(self, place: Place, make: Make, beyond: int = 0) -> Kept:
        """Return the value kept in a place, or made now. It holds what happened up to the position ``beyond``, if the
        consumers have come there, and what was committed before anyone could learn of it otherwise."""
        name, started = place.family.name, perf_counter()
        seen = await self._shelf.look(place)
        found, kept = await self._judged(place, seen, beyond)
        SECONDS.labels(name).observe(perf_counter() - started)
        LOOKS.labels(name, found.value).inc()
        if kept is not None:
            return kept
        if seen is None or found is Found.UNTOLD:
            return (await _timed(name, make)).kept
        if beyond:  # whoever makes it already may have begun before that
            return await self._make(place, _told(seen), make)
        running = self._making.get(place.key)
        if running is None:
            running = asyncio.get_running_loop().create_task(self._in_turn(place, seen, make))
            self._making[place.key] = running
            running.add_done_callback(lambda done: self._done(place.key, done))
        return await asyncio.shield(running)

    async def appended(self, commit: Commit, position: int) -> None:
        """Let whoever was told of a commit find it at once, also where the event store itself was read: what was kept
        of before counts no more, although the consumers have not come to it yet."""
        tags: set[str] = set()
        for stream in commit.streams:
            for event in stream.events:
                if event.TOPIC in READ_AT_ONCE:
                    tags.add(clinic_tag(LOG, commit.context.tenant_id))
                    tags.add(person_tag(LOG, commit.context.tenant_id, event.subject_id))
        if tags:
            await self._shelf.outdate(sorted(tags), position)

    async def forget(self, tenant_id: UUID, person_id: UUID) -> None:
        """Drop every value about a person. Where Valkey cannot be reached their keys are gone all the same."""
        await self._shelf.forget(tenant_id, person_id)

    async def memory(self) -> tuple[int, int] | None:
        """Return the bytes used and allowed; None when there is no telling."""
        return await self._shelf.memory()

    async def close(self) -> None:
        """End what is being made, and close."""
        for task in list(self._making.values()):
            task.cancel()
        await asyncio.gather(*self._making.values(), return_exceptions=True)
        await self._shelf.close()

    async def _judged(self, place: Place, seen: Seen | None, beyond: int) -> tuple[Found, Kept | None]:
        if seen is None:
            return Found.UNREACHABLE, None
        if None in seen.eras:
            return Found.UNTOLD, None
        if seen.entry is None:
            return Found.ABSENT, None
        head = Entries.head(seen.entry)
        if head is None:
            return Found.CLOSED, None
        if head.eras != seen.eras or (head.position < seen.mark and not head.lasting):
            return Found.OUTDATED, None
        if head.position < beyond and not head.lasting:
            return Found.BEHIND, None
        kept = await self._entries.opened(place, seen.entry)
        return (Found.HIT, kept) if kept is not None else (Found.CLOSED, None)

    async def _in_turn(self, place: Place, seen: Seen, make: Make) -> Kept:
        """Make the value unless another process does: then wait for that, or take the one before where that will do."""
        token = await self._shelf.lock(place)
        if token == "":
            found, kept = await self._anothers(place, seen)
            if kept is not None:
                LOOKS.labels(place.family.name, found.value).inc()
                return kept
        try:
            return await self._make(place, _told(seen), make)
        finally:
            if token:
                await self._shelf.unlock(place)

    async def _anothers(self, place: Place, seen: Seen) -> tuple[Found, Kept | None]:
        if place.family.stale and seen.entry is not None:
            kept = await self._entries.opened(place, seen.entry)
            if kept is not None:
                return Found.STALE, kept
        waited_from = perf_counter()
        while perf_counter() - waited_from < PATIENCE_SECONDS:
            await asyncio.sleep(LOOK_SECONDS)
            _, kept = await self._judged(place, await self._shelf.look(place), 0)
            if kept is not None:
                return Found.AWAITED, kept
        return Found.ABSENT, None

    async def _make(self, place: Place, eras: tuple[str, ...], make: Make) -> Kept:
        """Ask how far the consumers are, then read: what is read is never older than the position it is kept with."""
        family = place.family
        position = await self._reached([source.consumer for source in family.sources])
        made = await _timed(family.name, make)
        if made.worth:
            seconds = family.seconds if made.seconds is None else min(family.seconds, made.seconds)
            try:
                entry = await self._entries.closed(place, eras, position, made.kept, made.lasting)
            except FileErased:
                return made.kept
            await self._shelf.put(place, entry, seconds)
        return made.kept

    def _done(self, key: str, task: "asyncio.Task[Kept]") -> None:
        self._making.pop(key, None)
        if not task.cancelled():
            task.exception()  # whoever waits for it hears of it


async def _timed(name: str, make: Make) -> Made:
    with MAKING.labels(name).time():
        return await make()


def _told(seen: Seen) -> tuple[str, ...]:
    return tuple(era or "" for era in seen.eras)
