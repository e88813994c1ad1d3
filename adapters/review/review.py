"""Replay for review, as the API and the command line ask for it. It reads the events alone: it needs no read model."""

from collections.abc import AsyncIterator, Iterable, Sequence
from copy import copy
from datetime import datetime
from typing import Any, NamedTuple, Self
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from adapters.postgres.stream_reader import PostgresStreams, Saw
from adapters.review import charts, telling
from adapters.review import people as directory
from adapters.review.account import Account, Entry, missing
from adapters.review.people import PEOPLE, Person
from adapters.review.reading import StoredEvents, Stretch
from adapters.review.states import State
from application.ports.history import MayOpen, Scope
from domain.kernel.errors import Invalid, NotFound
from domain.kernel.recorded import Recorded

PAGE = 1000
LAST, FARTHEST = 2**31 - 1, 2**63 - 1


class AskedTwice(Invalid):
    """A version and a moment were given: one of them says which state is meant."""

    code = "version-or-moment"


class Unbounded(Invalid):
    """Nothing says which events are meant."""

    code = "unbounded"


class EndsBeforeItBegins(Invalid):
    """A window or a comparison ends before it begins."""

    code = "ends-before-it-begins"


class Told(NamedTuple):
    """A page of an account: its entries, and everybody they name whose name may be known."""

    entries: list[Entry]
    people: dict[UUID, Person]

    def facts(self) -> list[dict[str, Any]]:
        """Return it as JSON."""
        return [telling.entry(entry, self.people) for entry in self.entries]


class StateThen(NamedTuple):
    """A stream's state after its event ``last``; ``versions`` is how many events it has by now."""

    state: State
    last: Entry
    versions: int
    people: dict[UUID, Person]

    def facts(self) -> dict[str, Any]:
        """Return it as JSON."""
        return telling.state(self.state, self.last, self.versions, self.people)


class Differences(NamedTuple):
    """What became of the entries of a chart between two moments, and everybody who changed them."""

    found: list[charts.Difference]
    people: dict[UUID, Person]

    def facts(self) -> list[dict[str, Any]]:
        """Return them as JSON."""
        return [telling.difference(each, self.people) for each in self.found]


class Known(NamedTuple):
    """Entries of a chart as they were known, and everybody who recorded them."""

    versions: list[charts.Version]
    people: dict[UUID, Person]

    def facts(self) -> list[dict[str, Any]]:
        """Return them as JSON."""
        return [telling.version(each, self.people) for each in self.versions]


class Review:
    """Reads one tenant's history. ``may_open`` decides, per topic, whether personal fields are opened."""

    def __init__(self, pool: AsyncConnectionPool[Any], streams: PostgresStreams) -> None:
        self._stored = StoredEvents(pool)
        self._streams = streams

    def watched(self, saw: Saw) -> Self:
        """Return a review that tells ``saw`` whom it is about to show."""
        watched = copy(self)
        watched._streams = self._streams.watched(saw)
        return watched

    async def events(
        self, tenant_id: UUID, scope: Scope, may_open: MayOpen, *, after: int = 0, page: int = PAGE
    ) -> AsyncIterator[list[Recorded]]:
        """Yield what is recorded by now of a scope after a position, page by page.

        Raises Unbounded for a scope of everything, EndsBeforeItBegins for a window that does.
        """
        bounded(scope)
        upto = await self._stored.settled()
        while rows := await self._stored.page(tenant_id, scope, after, upto, page):
            yield await self._streams.recorded(tenant_id, rows, may_open)
            if len(rows) < page:
                return
            after = rows[-1].position

    async def stream(self, tenant_id: UUID, stream_id: UUID, may_open: MayOpen) -> list[Recorded]:
        """Return a stream's events in order; [] when the tenant has no such stream."""
        rows = await self._stored.between(tenant_id, [Stretch(stream_id, 0, LAST)])
        return await self._streams.recorded(tenant_id, rows, may_open)

    async def lines(self, tenant_id: UUID, scope: Scope, may_open: MayOpen, *, after: int = 0) -> AsyncIterator[bytes]:
        """Yield events as NDJSON, as :meth:`events` does, many lines at a time."""
        async for page in self.events(tenant_id, scope, may_open, after=after):
            yield b"".join(map(telling.line, page))

    async def account(
        self, tenant_id: UUID, scope: Scope, may_open: MayOpen, *, after: int = 0, page: int = PAGE
    ) -> AsyncIterator[Told]:
        """Yield the account of the events of a scope after a position, page by page, as :meth:`events` does."""
        account, people = Account(), dict[UUID, Person]()
        async for recorded in self.events(tenant_id, scope, may_open, after=after, page=page):
            entries = await self._entries(tenant_id, account, recorded, may_open)
            people = await self.people(tenant_id, (entry.actor_id for entry in entries), may_open, people)
            yield Told(entries, people)
            account.forget()

    async def people(
        self, tenant_id: UUID, ids: Iterable[UUID | None], may_open: MayOpen, known: dict[UUID, Person] | None = None
    ) -> dict[UUID, Person]:
        """Return who the ids stand for, as far as the directory says (and whom ``known`` holds already)."""
        wanted = sorted({each for each in ids if each} - (known or {}).keys())
        streams = directory.streams(tenant_id, wanted)
        rows = await self._stored.latest(tenant_id, streams, PEOPLE) if wanted else []
        found = directory.people(await self._streams.recorded(tenant_id, rows, may_open))
        return (known or {}) | {each: found.get(each) or Person.unlisted(each) for each in wanted}

    async def state(
        self, tenant_id: UUID, stream_id: UUID, may_open: MayOpen, *, version: int | None, at: datetime | None
    ) -> StateThen:
        """Return a stream's state after ``version``, or as it was recorded ``at`` a moment, or now.

        Raises AskedTwice; NotFound for an unknown stream, one that did not exist then, or a version yet to come.
        """
        if version is not None and at is not None:
            raise AskedTwice("Give a version or a moment, not both.")
        rows = await self._stored.between(tenant_id, [Stretch(stream_id, 0, LAST)])
        if not rows:
            raise NotFound("There is no such stream here.", id=str(stream_id))
        if version is not None and not 1 <= version <= len(rows):
            raise NotFound(f"It has no such version, but 1 to {len(rows)}.", id=str(stream_id), versions=len(rows))
        upto = version or max((n for n, row in enumerate(rows, 1) if at is None or row.recorded_at <= at), default=0)
        if not upto:
            first = rows[0].recorded_at.isoformat()
            raise NotFound(f"It did not exist yet: it begins at {first}.", id=str(stream_id), first_recorded_at=first)
        events = await self._streams.recorded(tenant_id, rows[:upto], may_open)
        account = Account()
        for event in events[:-1]:
            account.follow(event)
        last = account.entry(events[-1])
        state = State(stream_id, events[0].event).replay(r.event for r in events)
        return StateThen(state, last, len(rows), await self.people(tenant_id, [last.actor_id], may_open))

    async def chart(self, tenant_id: UUID, patient_id: UUID, may_open: MayOpen) -> charts.Chart:
        """Return every version of every entry of a patient's chart. Raises NotFound when nothing is about them."""
        scope = Scope(person_id=patient_id, topics=charts.TOPICS)
        found = [r async for page in self.events(tenant_id, scope, may_open) for r in page]
        if not found and not await self._stored.page(tenant_id, Scope(person_id=patient_id), 0, FARTHEST, 1):
            raise NotFound("Nothing is recorded here about this person.", id=str(patient_id))
        return charts.Chart(found)

    async def known(
        self, tenant_id: UUID, patient_id: UUID, may_open: MayOpen, at: datetime | None, valid_at: datetime | None
    ) -> Known:
        """Return a chart as it was known ``at`` a moment (None: now), of what held true at ``valid_at``."""
        versions = (await self.chart(tenant_id, patient_id, may_open)).known(at, valid_at)
        return Known(versions, await self.people(tenant_id, (v.entry.actor_id for v in versions), may_open))

    async def difference(
        self, tenant_id: UUID, patient_id: UUID, may_open: MayOpen, begin: datetime, end: datetime,
        valid_at: datetime | None,
    ) -> Differences:  # fmt: skip
        """Return what was known of a chart at ``end`` otherwise than at ``begin``, of what held true at ``valid_at``.

        Raises EndsBeforeItBegins, and NotFound when nothing is about them.
        """
        if end < begin:
            raise EndsBeforeItBegins("The later moment lies before the earlier one.", field="to")
        found = (await self.chart(tenant_id, patient_id, may_open)).difference(begin, end, valid_at)
        actors = (step.entry.actor_id for each in found for step in each.steps)
        return Differences(found, await self.people(tenant_id, actors, may_open))

    async def _entries(
        self, tenant_id: UUID, account: Account, recorded: Sequence[Recorded], may_open: MayOpen
    ) -> list[Entry]:
        lacking = [Stretch(stream, *between) for stream, between in missing(account, recorded).items()]
        rows = await self._stored.between(tenant_id, lacking) if lacking else []
        before: dict[UUID, list[Recorded]] = {}
        for each in await self._streams.recorded(tenant_id, rows, may_open):
            before.setdefault(each.stream_id, []).append(each)
        entries = []
        for each in recorded:
            for earlier in before.get(each.stream_id, ()):
                if account.version(each.stream_id) < earlier.version < each.version:
                    account.follow(earlier)
            entries.append(account.entry(each))
        return entries


def bounded(scope: Scope) -> None:
    """Raise Unbounded unless something says which events are meant, EndsBeforeItBegins for a window of no time."""
    if scope == Scope():
        raise Unbounded("Say which events: of a stream, a person, an actor, or a window of time.")
    if scope.since and scope.until and scope.until < scope.since:
        raise EndsBeforeItBegins("The window ends before it begins.", field="until")
