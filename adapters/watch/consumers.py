"""Consumers: each has applied every event it wants below its bookmark, and none has stopped or set a stream aside."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from adapters.merkle.kinds import SOURCES
from adapters.postgres import observe
from adapters.runners import without_tables
from adapters.watch.rule import Connection, Reading
from adapters.watch.tally import Tally
from projections.catalogue import READ_MODELS
from projections.kernel.feed import Topics

# Rows a parked stream is still to be given count as set aside, not as missed. All in one statement: one moment.
_STATE = b"""WITH live AS (
        SELECT b.consumer, b.generation, min(b.position) AS position, max(b.position) AS furthest,
            sum(b.applied)::bigint AS applied
        FROM consumers.bookmarks b JOIN consumers.generations g USING (consumer, generation)
        WHERE g.state = 'live' GROUP BY b.consumer, b.generation)
    SELECT l.consumer, l.position, l.furthest, l.applied, ARRAY(
        SELECT e.type FROM consumers.parked_streams p
        JOIN event_store.events e ON e.stream_id = p.stream_id AND e.position BETWEEN p.position AND l.position
        WHERE (p.consumer, p.generation) = (l.consumer, l.generation))
    FROM live l ORDER BY l.consumer"""


class Wanted(NamedTuple):
    """The log a consumer reads, and the types of what it wants there."""

    log: str
    topics: Topics

    def of(self, counts: Mapping[str, int]) -> int:
        """How many of the rows counted it wants."""
        return sum(count for topic, count in counts.items() if self.topics is None or topic in self.topics)


def all_wanted() -> dict[str, Wanted]:
    """Return what every consumer of this version wants."""
    models = {name: Wanted("events", {event.TOPIC for event in model.on}) for name, model in READ_MODELS.items()}
    others = {name: Wanted(log, make(1).topics) for log in SOURCES for name, make in without_tables(log).items()}
    return models | others


class Gap:
    """A reading per consumer: rows it should have applied and has not; below zero when it applied some twice.

    A consumer far behind, or whose shards stand at different places, is judged when it has come nearer.
    """

    name = "gap"
    says = "every consumer has applied each event it wants, once"
    every = 10.0

    def __init__(self, wanted: Mapping[str, Wanted] | None = None) -> None:
        self._wanted = all_wanted() if wanted is None else wanted
        self._tallies = {log: Tally(log, source) for log, source in SOURCES.items()}

    async def look(self, connection: Connection) -> Sequence[Reading]:
        """Hold what each has applied against what the log holds up to its bookmark."""
        rows = await (await connection.execute(_STATE)).fetchall()
        for tally in self._tallies.values():
            await tally.grow(connection)
        readings = []
        for consumer, position, furthest, applied, aside in rows:
            if consumer in self._wanted:
                wants = self._wanted[consumer]
                known = await self._tallies[wants.log].up_to(connection, position) if position == furthest else None
                due = None if known is None else wants.of(known) - wants.of(Counter(aside))
                readings.append(Reading(consumer, None if due is None else float(due - applied)))
        return readings


class Parked:
    """A reading per consumer: streams it has set aside."""

    name = "parked"
    says = "no consumer has set a stream aside"
    every = 10.0

    async def look(self, connection: Connection) -> Sequence[Reading]:
        """Ask how each stands."""
        return [Reading(state.consumer, float(state.parked)) for state in await observe.consumers(connection)]


class Halted:
    """A reading per consumer: 1 when it has stopped before an event it cannot apply."""

    name = "halted"
    says = "no consumer has stopped"
    every = 10.0

    async def look(self, connection: Connection) -> Sequence[Reading]:
        """Ask how each stands."""
        return [Reading(s.consumer, float(s.halted is not None)) for s in await observe.consumers(connection)]
