"""A12: rows changed behind the store's back: each is answered by an error of ours and set aside, and that is all."""

import asyncio
import json
import re
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
import pytest
from eventsourcing.utils import resolve_topic
from uuid_utils.compat import uuid7

from adapters.bootstrap import Services, index_keys, open_runner, open_services
from adapters.codec.codec import Codec
from adapters.embedded.databases import Databases
from adapters.logins import Role, url_for
from adapters.postgres.feed import PostgresFeed, decoder
from adapters.settings import Settings
from adapters.vault.alarms import Forged, UnknownKey
from adapters.watch.consumers import Gap
from application.kernel.context import Outcome
from application.ports.event_store import Commit, StreamAppend, UndecodableData, UnknownTopic
from domain.catalogue import EVENTS
from domain.kernel.event import DomainEvent
from projections.kernel.feed import FeedRow
from tests.adapters.sample import context
from tests.chaos import figures
from tests.chaos.mutations import MUTATIONS, STRANGERS
from tests.golden.make import CODEC, FOLDER

OURS = (UnknownTopic, UndecodableData, UnknownKey, Forged)
#: Every golden text holds it: an error that repeats it repeats what people said.
SPOKEN = "ünï"
KIND = re.compile(r"(position \d+: )?[A-Za-z]+( [0-9A-Z]{5})?")
AT_ONCE = 400
_CHANGE = """UPDATE event_store.events SET (type, schema_version, data, sealed, key_id, meta)
    = (%s, %s, %s::json, %s, %s, %s::json) WHERE position = %s"""
_STANDS = """SELECT b.consumer, b.position, b.halted FROM consumers.bookmarks b
    JOIN consumers.generations g USING (consumer, generation)
    WHERE g.state = 'live' AND b.consumer <> 'merkle_access'"""
Read = Callable[[FeedRow], Awaitable[DomainEvent]]


class Mutated(NamedTuple):
    """A row, what it was, and what was done to it."""

    row: FeedRow
    was: FeedRow
    how: str


def golden_events() -> list[DomainEvent]:
    """Return what every golden file holds, each about somebody else."""
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        golden = json.loads(path.read_text())
        event = CODEC.decode(golden["topic"], golden["version"], golden["data"], golden["sealed"])
        ids = {name: uuid7() for name in event.__struct_fields__ if isinstance(getattr(event, name), UUID)}
        found.append(msgspec.structs.replace(event, **ids))
    return found


async def append_golden(services: Services) -> UUID:
    """Append every golden event, each in a stream of its own, in a tenant of their own; return the tenant."""
    tenant = uuid7()

    async def append(event: DomainEvent) -> None:
        stream = uuid7()
        of = context(tenant=tenant)
        await services.store.append(Commit(of, [StreamAppend(stream, 0, [event])], [], [], Outcome(stream, 1, 0, {})))

    await asyncio.gather(*map(append, golden_events()))
    return tenant


def stored(url: str) -> list[FeedRow]:
    """Return every row as it is stored."""
    with psycopg.connect(url, autocommit=True) as connection:
        feed = PostgresFeed(connection)
        return feed.page(0, 10_000_000).rows


def mutated(random: Random, rows: Sequence[FeedRow], others: Sequence[FeedRow]) -> list[Mutated]:
    """Return every row mutated, in all kinds by turns; ``others`` are those it may be taken for."""
    kinds = [MUTATIONS[n % len(MUTATIONS)] for n in range(len(rows))]
    return [Mutated(kind(random, was, others), was, kind.__name__) for kind, was in zip(kinds, rows, strict=True)]


async def findings(read: Read, rows: Sequence[Mutated]) -> Counter[str]:
    """Read every row; return what was not an event or an error of ours, and every module that was imported by name."""
    for stranger in STRANGERS:
        sys.modules.pop(stranger, None)
    found: Counter[str] = Counter()
    for row, _, how in rows:
        try:
            await read(row)
        except OURS as error:
            if SPOKEN in str(error):
                found[f"{how}: {type(error).__name__} repeats data"] += 1
        except Exception as error:
            found[f"{how}: {type(error).__name__}"] += 1
    return found + Counter(f"imported {name}" for name in STRANGERS if name in sys.modules)


def reading(services: Services) -> dict[str, Read]:
    """Return the ways a row is read: as the feed is, and with what is sealed opened."""
    decode = decoder(Codec(EVENTS))

    async def feed(row: FeedRow) -> DomainEvent:
        return decode(row).event

    async def opened(row: FeedRow) -> DomainEvent:
        return (await services.streams.recorded(row.tenant_id, [row], lambda _: True))[0].event

    return {"feed": feed, "opened": opened}


async def stock(row: FeedRow) -> Any:
    """The control: a topic is what it names, as in the library, and data is taken as it comes."""
    return msgspec.json.decode(row.data, type=resolve_topic(row.type))


class Store:
    """A database with golden events in it, that can be changed behind the program's back and then projected."""

    def __init__(self, url: str, state: Path) -> None:
        self.url = url
        self.settings = Settings(state=state, database_url=url, redis_url=None)

    async def fill(self, tenants: int) -> list[FeedRow]:
        """Append every golden event ``tenants`` times; return the rows."""
        services = await open_services(self.settings, 4)
        try:
            for _ in range(tenants):
                await append_golden(services)
        finally:
            await services.close()
        return stored(self.url)

    async def lies(self, rows: Sequence[Mutated]) -> Counter[str]:
        """Return what is wrong about how mutated rows are read; opened, none is anything but the truth."""
        services = await open_services(self.settings, 4)
        try:
            found: Counter[str] = Counter()
            for name, read in reading(services).items():
                found += Counter({f"{name}: {what}": n for what, n in (await findings(read, rows)).items()})
            for row, was, how in rows:
                if (row.type, row.schema_version, row.data, row.sealed, row.key_id) != was[4:9]:
                    try:
                        await reading(services)["opened"](row)
                        found[f"{how}: believed"] += 1
                    except Exception:  # which kind has been looked at above
                        continue
            return found
        finally:
            await services.close()

    def change(self, rows: Sequence[Mutated]) -> int:
        """Put mutations in the place of their rows, in so far as PostgreSQL takes them; return how many it took."""
        with psycopg.connect(self.url) as connection:
            connection.execute("SET session_replication_role = replica")
            taken = 0
            for row, was, _ in rows:
                given = (row.type, row.schema_version, row.data, row.sealed, row.key_id, row.meta, was.position)
                try:
                    with connection.transaction():
                        taken += connection.execute(_CHANGE, given).rowcount
                except psycopg.Error:
                    continue
            return taken

    def project(self) -> list[str]:
        """Let every consumer go on to the end, and once more as after a deploy; return what is not as it should be."""
        for _ in range(2):
            with open_runner(url_for(self.settings, Role.PROJECTOR), keys=index_keys(self.settings)) as runner:
                runner.retry_parked()
                runner.drain()
        with psycopg.connect(self.url, autocommit=True) as connection:
            end = connection.execute("SELECT max(position) FROM event_store.events").fetchall()[0][0]
            stands = connection.execute(_STANDS).fetchall()
            errors = [row[0] for row in connection.execute("SELECT DISTINCT error FROM consumers.parked_streams")]
        errors += [halted for _, _, halted in stands if halted]
        return [f"{name} stands at {at}" for name, at, halted in stands if halted is None and at != end] + [
            f"told {error}" for error in errors if not KIND.fullmatch(error)
        ]

    async def gaps(self) -> list[str]:
        """Return the consumers that have not applied exactly what they want and have not set aside."""
        async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as connection:
            return [f"{r.about}: {r.value}" for r in await Gap().look(connection) if r.value]

    def parked(self) -> int:
        """Return how many streams are set aside by anyone."""
        with psycopg.connect(self.url) as connection:
            return int(connection.execute("SELECT count(*) FROM consumers.parked_streams").fetchall()[0][0])


@pytest.fixture
def store(prepared_databases: Databases, tmp_path: Path) -> Iterator[Store]:
    url = prepared_databases.fresh()
    yield Store(url, tmp_path)
    prepared_databases.drop(url)


async def attack(store: Store, read: int, changed: int, seed: int) -> dict[str, Any]:
    """Mutate ``read`` rows and read them all; write ``changed`` of them and project; return what came of it."""
    random = Random(seed)
    rows = await store.fill(max(1, 2 * changed // len(EVENTS)))
    assert await asyncio.to_thread(store.project) == []
    assert (store.parked(), await store.gaps()) == (0, []), "every golden event is digested by every consumer"
    found = await store.lies(mutated(random, random.choices(rows, k=read), rows[:AT_ONCE]))
    rows = (await store.fill(max(1, 2 * changed // len(EVENTS))))[len(rows) :]
    victims = random.sample(rows, min(changed, len(rows)))
    taken = store.change(mutated(random, victims, rows[:AT_ONCE]))
    wrong = await asyncio.to_thread(store.project)
    return {
        "found": found,
        "wrong": wrong + await store.gaps(),
        "rows": read,
        "stored": taken,
        "parked": store.parked(),
    }


class TestMutatedRows:
    """Attack: stored rows are bent, cut, swapped, overgrown, given other names, versions, keys.

    Withstood when each is read as what it was or answered by an error of ours that repeats nothing, its stream is set
    aside (or the consumer that must not skip stops), every other stream goes on, and no name is ever imported.
    Control: a reader that takes a topic for the name of a class, as the library does.
    """

    async def test_are_answered_by_an_error_of_ours_and_set_aside(self, store: Store) -> None:
        await self.withstood(store, 400, 40)

    @pytest.mark.long
    async def test_are_answered_a_hundred_thousand_times(self, store: Store) -> None:
        await self.withstood(store, 100_000, 20_000, long=True)

    async def test_would_be_seen_to_import_what_they_name(self, store: Store) -> None:
        rows = await store.fill(1)
        random = Random(1)
        found = await findings(stock, mutated(random, random.choices(rows, k=600), rows))
        assert {f"imported {name}" for name in STRANGERS} <= found.keys()
        assert "odd_value: TopicError" in found

    async def withstood(self, store: Store, read: int, changed: int, *, long: bool = False) -> None:
        came = await attack(store, read, changed, seed=12)
        reached = not came["found"] and came["wrong"] == [] and came["parked"] > 0
        figures.record("A12", reached=reached, long=long, rows=came["rows"], stored=came["stored"],
                       parked=came["parked"], crashes=sum(came["found"].values()))  # fmt: skip
        assert came["found"] == Counter()
        assert came["wrong"] == []
        assert came["parked"] > 0

    @pytest.mark.parametrize("instant", ["infinity", "-infinity", "0044-03-15 BC", "12026-01-01"])
    async def test_never_hold_an_instant_that_no_program_can_read(self, store: Store, instant: str) -> None:
        await store.fill(1)
        with psycopg.connect(store.url) as connection:
            connection.execute("SET session_replication_role = replica")
            with pytest.raises(psycopg.errors.CheckViolation):
                connection.execute("UPDATE event_store.events SET recorded_at = %s", (instant,))
