"""Work that goes on: what is due is done, what is recorded is signed, what is drawn becomes final."""

from collections.abc import Sequence
from time import monotonic

from adapters.merkle.kinds import SOURCES, consumer_name
from adapters.merkle.observe import merkle
from adapters.postgres import observe
from adapters.watch.rule import Connection, Reading

#: Seconds: until what is due is sent, until what was sent is settled, until what was recorded is signed.
OVERDUE_ALLOWED, UNSETTLED_ALLOWED, UNSIGNED_ALLOWED = 60.0, 900.0, 60.0
#: No statement of ours lasts as long, nor does a transaction that does nothing.
UNSETTLED_POSITION_ALLOWED = 30.0
_UNSETTLED = b"SELECT effects.unsettled()"
# The last position drawn is asked of pg_sequence_last_value, for the reason given where rows are appended.
_BEHIND = b"""SELECT greatest(
        (SELECT max(position) FROM %s),
        (SELECT max(b.position) FROM consumers.bookmarks b
         WHERE (b.consumer = %%(access)s) = (%%(log)s = 'access'))) - %s"""


class Effects:
    """Three readings: how long the oldest due effect has waited to be sent, how long ago the oldest one that was sent
    and is not settled was due, and how many have failed for good."""

    name = "effects"
    says = "what is due is done"
    every = 10.0

    async def look(self, connection: Connection) -> Sequence[Reading]:
        """Ask the table of effects."""
        states, overdue = await observe.effect_states(connection)
        row = await (await connection.execute(_UNSETTLED)).fetchone()
        return [
            Reading("seconds overdue", overdue, OVERDUE_ALLOWED),
            Reading("seconds unsettled", float(row[0]) if row else 0.0, UNSETTLED_ALLOWED),
            Reading("failed", float(states.get("failed", 0))),
        ]


class Checkpoints:
    """The reading: for how many seconds the oldest leaf that no note covers has been recorded."""

    name = "checkpoints"
    says = "what is recorded is soon signed"
    every = 10.0

    async def look(self, connection: Connection) -> Sequence[Reading]:
        """Ask the Merkle log."""
        return [Reading("seconds unsigned", (await merkle(connection)).age, UNSIGNED_ALLOWED)]


class Sequences:
    """A reading per log: by how much the last position drawn lies behind what is there or was read. It never may: the
    next positions would be given twice, or be taken for read. A copy put together from several can be so."""

    name = "sequences"
    says = "positions are drawn after all that are in use"
    every = 10.0

    async def look(self, connection: Connection) -> Sequence[Reading]:
        """Hold each sequence against its log and the bookmarks of those who read it."""
        readings = []
        for log, source in SOURCES.items():
            given = {"access": consumer_name("access"), "log": log}
            row = await (await connection.execute(_BEHIND % (source.relation, source.drawn), given)).fetchone()
            readings.append(Reading(log, float(max(row[0] or 0, 0)) if row else None))
        return readings


class Watermarks:
    """A reading per log: for how many seconds positions have been drawn behind one that does not become final, so that
    no consumer can go on. It takes two looks to see it."""

    name = "watermarks"
    says = "what is appended soon becomes final"
    every = 10.0

    def __init__(self, allowed: float = UNSETTLED_POSITION_ALLOWED) -> None:
        self._allowed = allowed
        self._stuck: dict[str, tuple[int, float]] = {}

    async def look(self, connection: Connection) -> Sequence[Reading]:
        """Ask how far each log is final, and since when that has been less than what was drawn."""
        readings = []
        for log, source in SOURCES.items():
            drawn = await _position(connection, source.drawn)
            settled = await _position(connection, source.settled)
            if settled >= drawn:
                self._stuck.pop(log, None)
            elif self._stuck.get(log, (None, 0.0))[0] != settled:
                self._stuck[log] = settled, monotonic()
            since = self._stuck.get(log, (0, monotonic()))[1]
            readings.append(Reading(log, monotonic() - since, self._allowed))
        return readings


async def _position(connection: Connection, function: bytes) -> int:
    row = await (await connection.execute(b"SELECT " + function)).fetchone()
    return int(row[0]) if row else 0
