"""The watcher: looks at each rule when it is time, writes down what was seen, and says so when one breaks or heals."""

from collections.abc import Sequence
from time import monotonic, perf_counter

import structlog

from adapters.watch.rule import Connection, Reading, Rule

log = structlog.get_logger("watch")

_ALONE = b"SELECT pg_try_advisory_lock(hashtextextended('watch', 0))"
_BROKEN = b"SELECT about FROM watch.readings WHERE rule = %s AND broken_since IS NOT NULL"
_LOOKED = b"""INSERT INTO watch.looks (rule, looked_at, seconds) VALUES (%s, clock_timestamp(), %s)
    ON CONFLICT (rule) DO UPDATE SET looked_at = EXCLUDED.looked_at, seconds = EXCLUDED.seconds, error = NULL"""
_FAILED = b"""INSERT INTO watch.looks (rule, seconds, error) VALUES (%s, %s, %s)
    ON CONFLICT (rule) DO UPDATE SET seconds = EXCLUDED.seconds, error = EXCLUDED.error"""
_READ = b"""INSERT INTO watch.readings AS r (rule, about, value, allowed, seen_at, broken_since)
    VALUES (%s, %s, %s, %s, clock_timestamp(), CASE WHEN %s THEN clock_timestamp() END)
    ON CONFLICT (rule, about) DO UPDATE SET value = EXCLUDED.value, allowed = EXCLUDED.allowed,
        seen_at = EXCLUDED.seen_at,
        broken_since = CASE WHEN EXCLUDED.broken_since IS NOT NULL
                            THEN coalesce(r.broken_since, EXCLUDED.broken_since) END"""
_OVER = b"DELETE FROM watch.readings WHERE rule = %s AND about <> ALL(%s)"
_FORGET = b"DELETE FROM watch.findings WHERE rule = %s"
_FIND = b"INSERT INTO watch.findings (tenant_id, rule, place) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"


class Watcher:
    """Looks over one connection; of several watchers of a database one looks, and another one after its end."""

    def __init__(self, connection: Connection, rules: Sequence[Rule]) -> None:
        self._connection = connection
        self._rules = rules
        self._next: dict[str, float] = {}
        self._alone = False

    async def round(self) -> None:
        """Look at what it is time for, when it is ours to look. Raises psycopg.Error when the database is gone."""
        if not self._alone:
            row = await (await self._connection.execute(_ALONE)).fetchone()
            self._alone = bool(row and row[0])
        for rule in self._rules if self._alone else ():
            if monotonic() >= self._next.get(rule.name, 0.0):
                await self.look(rule)
                self._next[rule.name] = monotonic() + rule.every

    async def look(self, rule: Rule) -> None:
        """Look at one rule now and write it down; a look that fails is written down as such."""
        started = perf_counter()
        try:
            await self._write(rule.name, await rule.look(self._connection), started)
        except Exception as error:
            if self._connection.closed:
                raise
            log.warning("watch.look.failed", name=rule.name, error=type(error).__name__)
            await self._connection.execute(_FAILED, (rule.name, perf_counter() - started, type(error).__name__))

    async def _write(self, name: str, readings: Sequence[Reading], started: float) -> None:
        said = [reading for reading in readings if reading.value is not None]
        async with self._connection.transaction():
            before = {row[0] for row in await (await self._connection.execute(_BROKEN, (name,))).fetchall()}
            await self._connection.execute(_LOOKED, (name, perf_counter() - started))
            await self._connection.execute(_OVER, (name, [reading.about for reading in readings]))
            async with self._connection.cursor() as cursor:
                await cursor.executemany(_READ, [(name, r.about, r.value, r.allowed, r.broken) for r in said])
                await cursor.execute(_FORGET, (name,))
                places = [place for reading in said if reading.broken for place in reading.places]
                await cursor.executemany(_FIND, [(place.tenant_id, name, place.what) for place in places])
        for reading in said:
            if reading.broken and reading.about not in before:
                log.error("watch.rule.broken", name=name, entry=reading.about, count=reading.value)
            elif not reading.broken and reading.about in before:
                log.info("watch.rule.holds", name=name, entry=reading.about)
