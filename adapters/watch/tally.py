"""How many rows of each type a log holds up to a position: counted once as it grows, never as a whole."""

from collections import Counter
from collections.abc import Mapping

from adapters.postgres.feed import Source
from adapters.watch.rule import Connection

#: Rows counted in one look at most, and how far from the tally a position may lie.
STEP = 500_000
_BEGIN = b"INSERT INTO watch.tallied (log, position) VALUES (%s, 0) ON CONFLICT DO NOTHING"
_TALLIED = b"SELECT position FROM watch.tallied WHERE log = %s FOR UPDATE"
_ADD = b"""INSERT INTO watch.tallies AS t (log, type, count)
    SELECT %%s, e.type, count(*) FROM %s e WHERE e.position > %%s AND e.position <= %%s GROUP BY e.type
    ON CONFLICT (log, type) DO UPDATE SET count = t.count + EXCLUDED.count"""
_MOVE = b"UPDATE watch.tallied SET position = %s WHERE log = %s"
_COUNTS = b"""SELECT t.type, t.count, d.position FROM watch.tallied d LEFT JOIN watch.tallies t USING (log)
    WHERE d.log = %s"""
_BETWEEN = b"SELECT e.type, count(*) FROM %s e WHERE e.position > %%s AND e.position <= %%s GROUP BY e.type"


class Tally:
    """The tally of one log."""

    def __init__(self, log: str, source: Source) -> None:
        self._log = log
        self._settled = b"SELECT " + source.settled
        self._add, self._between = _ADD % source.relation, _BETWEEN % source.relation
        self._kept: dict[int, Mapping[str, int]] = {}

    async def grow(self, connection: Connection) -> None:
        """Count what has become final since the last time."""
        self._kept.clear()
        await connection.execute(_BEGIN, (self._log,))
        async with connection.transaction():
            at = await _one(connection, _TALLIED, self._log)
            upto = min(await _one(connection, self._settled), at + STEP)
            if upto > at:
                await connection.execute(self._add, (self._log, at, upto))
                await connection.execute(_MOVE, (upto, self._log))

    async def up_to(self, connection: Connection, position: int) -> Mapping[str, int] | None:
        """Return how many rows of each type lie at or below a final ``position``; None far from the tally.

        Consumers mostly stand at one place: what was counted for one serves the others until the tally grows.
        """
        if position not in self._kept:
            rows = await (await connection.execute(_COUNTS, (self._log,))).fetchall()
            at = rows[0][2] if rows else 0
            if abs(position - at) > STEP:
                return None
            known = Counter({topic: count for topic, count, _ in rows if topic is not None})
            between = await connection.execute(self._between, (min(at, position), max(at, position)))
            rest = Counter(dict(await between.fetchall()))
            known.update(rest) if position > at else known.subtract(rest)
            self._kept[position] = known
        return self._kept[position]


async def _one(connection: Connection, statement: bytes, *given: object) -> int:
    row = await (await connection.execute(statement, given or None)).fetchone()
    return int(row[0]) if row and row[0] is not None else 0
