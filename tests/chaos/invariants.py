"""What holds whatever was done to the house: each function returns what speaks against it, nothing when it holds."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg

from adapters.bootstrap import guarded
from adapters.codec.codec import Codec
from adapters.jobs.effects import EffectsConsumer
from adapters.jobs.performer import SYSTEM
from adapters.logins import Role, url_for
from adapters.postgres import observe
from adapters.postgres.feed import PostgresFeed, decoder
from adapters.postgres.tenancy import every_tenant
from adapters.rebuilding import rebuild_read_model
from adapters.settings import Settings
from adapters.verifying import NoKey, run
from adapters.watch.consumers import Gap
from adapters.watch.sums import Money, Quota, Slots
from application.catalogue import PROCESSES
from application.kernel.process import effects_of
from domain.catalogue import EVENTS
from projections.catalogue import READ_MODELS
from projections.kernel.feed import FeedRow, Topics
from projections.kernel.generations import Differs
from tests.chaos.ledger import Ledger

PAGE = 2_000
#: Appointments that take nobody's time.
GONE = ["CANCELLED", "EXPIRED", "NO_SHOW"]


class Scene(NamedTuple):
    """What is looked at: the house's settings, its database as the administrator sees it, and what clients were told.

    Whoever looks has let the house come to rest: everything sent is answered, and every consumer at the end.
    """

    settings: Settings
    url: str
    ledger: Ledger | None = None


Findings = list[str]
Check = Callable[[Scene], Findings]


def acknowledged_once(scene: Scene) -> Findings:
    """I1: each acknowledged command is there exactly once, where it was told, and nothing nobody wished for."""
    assert scene.ledger is not None
    wishes, commands, events = scene.ledger.wishes(), _commands(scene), _events(scene)
    found = []
    for wish in wishes.values():
        if wish.position is None:
            continue
        if wish.command_id not in commands:
            found.append(f"{wish.command_id} was acknowledged and is lost")
        elif events[wish.command_id] != wish.events:
            found.append(f"{wish.command_id} should have {wish.events} events and has {events[wish.command_id]}")
        elif commands[wish.command_id] != wish.position:
            found.append(f"{wish.command_id} was told {wish.position} and stands at {commands[wish.command_id]}")
    actors = list(scene.ledger.actors)
    theirs = _rows(scene, "SELECT command_id FROM event_store.commands WHERE principal = ANY(%s)", actors)
    return found + [f"{one} was done and nobody wished for it" for (one,) in theirs if one not in wishes]


def whole_or_not_at_all(scene: Scene) -> Findings:
    """I2: a command nobody was told of is there with all its events or not at all; one that was refused is not."""
    commands, events = _commands(scene), _events(scene)
    wishes = scene.ledger.wishes().values() if scene.ledger else ()
    found = []
    for wish in wishes:
        there = wish.command_id in commands, events[wish.command_id]
        if wish.refused is not None and any(there):
            found.append(f"{wish.command_id} was refused ({wish.refused}) and is there")
        if there not in {(False, 0), (True, wish.events)}:
            found.append(f"{wish.command_id} is there by half: {there[1]} of {wish.events} events")
    found += [f"command {one} is there without an event" for one in commands if not events[one]]
    return found + [f"{count} events are there without their command {one}" for one, count in events.items()
                    if one not in commands]  # fmt: skip


def versions_without_gap(scene: Scene) -> Findings:
    """I3: the versions of every stream are 1 to n."""
    rows = _rows(scene, """SELECT stream_id, min(version), max(version), count(*) FROM event_store.events
        GROUP BY stream_id HAVING min(version) <> 1 OR max(version) <> count(*)""")  # fmt: skip
    return [f"stream {stream}: {count} events from {first} to {last}" for stream, first, last, count in rows]


def feed_complete(scene: Scene) -> Findings:
    """I4: the feed gives every event once and each stream in order, and every consumer has applied what it wants."""
    stored = [row[0] for row in _rows(scene, "SELECT position FROM event_store.events ORDER BY position")]
    given = list(_feed(scene))
    found = [] if [row.position for row in given] == stored else [f"the feed gives {len(given)} of {len(stored)}"]
    at: dict[UUID, int] = defaultdict(int)
    for row in given:
        if row.version != at[row.stream_id] + 1:
            found.append(f"stream {row.stream_id}: {row.version} follows {at[row.stream_id]}")
        at[row.stream_id] = row.version
    return found + asyncio.run(_consumers(scene))


def read_models_equal(scene: Scene, names: Iterable[str] = tuple(READ_MODELS)) -> Findings:
    """I5: every read model is, row for row, what a fold from zero makes of the events in a shadow generation."""
    found = []
    for name in names:
        try:
            rebuild_read_model(scene.settings, name, False, lambda done, of: None)
        except Differs as differs:
            found.append(f"{name}: {differs}")
    return found


def effects_once(scene: Scene) -> Findings:
    """I6: the effects are those that follow from the events, each once, and none had more than one outcome."""
    decode = decoder(Codec(EVENTS))
    wanted = EffectsConsumer(list(PROCESSES.values())).topics
    derived: dict[UUID, UUID] = {}
    for row in _feed(scene, wanted):
        recorded = decode(row)
        derived |= {e.key: e.event_id for process in PROCESSES.values() for e in effects_of(process, recorded)}
    kept = dict(_rows(scene, "SELECT key, state FROM effects.effects"))
    found = [f"effect {key} follows and is not there" for key in derived.keys() - kept.keys()]
    found += [f"effect {key} is there and follows from nothing" for key in kept.keys() - derived.keys()]
    found += [f"effect {key} is {state}" for key, state in kept.items() if state in {"sent", "failed"}]
    causes = Counter(derived.values())
    outcomes = _rows(scene, """SELECT (meta->>'causation_id')::uuid, type, stream_id, count(*) FROM event_store.events
        WHERE meta->>'actor' = %s AND meta->>'causation_id' IS NOT NULL GROUP BY 1, 2, 3""", str(SYSTEM))  # fmt: skip
    return found + [f"event {cause} was followed by {count} of {topic} in {stream}"
                    for cause, topic, stream, count in outcomes if count > causes[cause]]  # fmt: skip


def sums_hold(scene: Scene) -> Findings:
    """I7: no seat is taken twice, quota is never negative and used plus remaining is what was sold, money adds up."""
    over = _rows(scene, """SELECT a.practitioner_id, a.appointment_id, count(*), max(coalesce(h.capacity, 1))
        FROM read.appointment a
        JOIN read.appointment b ON (b.tenant_id, b.practitioner_id) = (a.tenant_id, a.practitioner_id)
            AND b.starts_at <= a.starts_at AND b.ends_at > a.starts_at
        LEFT JOIN read.free_times_hours h ON (h.tenant_id, h.practitioner_id) = (a.tenant_id, a.practitioner_id)
        WHERE NOT (a.overbooked OR b.overbooked OR a.status = ANY(%s) OR b.status = ANY(%s))
        GROUP BY 1, 2 HAVING count(*) > max(coalesce(h.capacity, 1))""", GONE, GONE)  # fmt: skip
    found = [f"{count} at once with {who} ({most} at most) when {which} begins" for who, which, count, most in over]
    quota = _rows(scene, """SELECT subscription_id, included, used, remaining FROM read.subscription_quota
        WHERE used < 0 OR remaining < 0 OR used + remaining <> included""")  # fmt: skip
    found += [f"subscription {which}: {used} + {left} of {of}" for which, of, used, left in quota]
    money = _rows(scene, """SELECT person_id, currency FROM read.outstanding_balance
        WHERE outstanding <> issued - paid - taken_back - written_off OR outstanding < 0""")  # fmt: skip
    found += [f"the balance of {who} in {currency} does not add up" for who, currency in money]
    return found + asyncio.run(_sums(scene))


def looks_on_record(scene: Scene) -> Findings:
    """I8: whatever was shown of somebody's data is in the access log."""
    assert scene.ledger is not None
    kept = {row[0] for row in _rows(scene, "SELECT DISTINCT (meta->>'correlation_id')::uuid FROM access_log.entries")}
    return [f"request {one} was answered and no entry tells of it" for one in scene.ledger.looks() - kept]


def log_verifies(scene: Scene) -> Findings:
    """I9: the rows are those of the Merkle log, and it is the one that was signed."""
    url = every_tenant(guarded(url_for(scene.settings, Role.AUDITOR)))
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            report = run(scene.settings, connection, None, None, None, None, lambda done, of: None)
    except NoKey:
        return ["nothing was ever signed"]
    return [f"{f.act} {f.kind} at {f.position}: {f.detail}" for f in report.findings]


INVARIANTS: dict[str, Check] = {
    "I1": acknowledged_once,
    "I2": whole_or_not_at_all,
    "I3": versions_without_gap,
    "I4": feed_complete,
    "I5": read_models_equal,
    "I6": effects_once,
    "I7": sums_hold,
    "I8": looks_on_record,
    "I9": log_verifies,
}


def findings(scene: Scene, names: Iterable[str] = tuple(INVARIANTS)) -> Findings:
    """Return all that speaks against the invariants named, each with its name. Call it where no event loop runs."""
    return [f"{name}: {finding}" for name in names for finding in INVARIANTS[name](scene)]


def _rows(scene: Scene, query: LiteralString, *parameters: object) -> Sequence[tuple[Any, ...]]:
    with psycopg.connect(scene.url) as connection:
        return connection.execute(query, parameters).fetchall()


def _commands(scene: Scene) -> dict[UUID, int]:
    """Return the last position of every command recorded."""
    return dict(_rows(scene, "SELECT command_id, last_position FROM event_store.commands"))


def _events(scene: Scene) -> Counter[UUID]:
    """Return how many events there are of each command."""
    return Counter(dict(_rows(scene, """SELECT (meta->>'command_id')::uuid, count(*) FROM event_store.events
        WHERE meta->>'command_id' IS NOT NULL GROUP BY 1""")))  # fmt: skip


def _feed(scene: Scene, topics: Topics = None) -> Iterator[FeedRow]:
    with psycopg.connect(scene.url, autocommit=True) as connection:
        feed, at = PostgresFeed(connection), 0
        while (page := feed.page(at, PAGE)).upto > at:
            yield from (row for row in page.rows if topics is None or row.type in topics)
            at = page.upto


async def _consumers(scene: Scene) -> Findings:
    """What is wrong with where consumers stand; trees and effects have no tables to be compared."""
    found = []
    async with await psycopg.AsyncConnection.connect(scene.url, autocommit=True) as connection:
        gaps = {reading.about: reading.value for reading in await Gap().look(connection)}
        for state in await observe.consumers(connection):
            gap = gaps[state.consumer]
            if state.lag or gap != 0 or state.parked or state.halted:
                found.append(f"{state.consumer} is {state.lag} behind, has left out {gap}, has parked {state.parked}"
                             f" streams{f', halted: {state.halted}' if state.halted else ''}")  # fmt: skip
    return found


async def _sums(scene: Scene) -> Findings:
    """What the rules that are watched in production say of seats, quota and money."""
    found = []
    async with await psycopg.AsyncConnection.connect(scene.url, autocommit=True) as connection:
        for rule in (Slots(), Quota(), Money()):
            for reading in await rule.look(connection):
                if reading.value != 0:
                    where = ", ".join(place.what for place in reading.places)
                    found.append(f"not so: {rule.says}: {reading.about} {reading.value} {where}")
    return found
