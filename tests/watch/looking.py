"""Looking at a rule from a test, and telling what it saw."""

import asyncio
from collections.abc import Callable

import psycopg

from adapters.watch.rule import Connection, Reading, Rule

Readings = dict[str, Reading]
Look = Callable[..., Readings]


def looked_at(url: str, rule: Rule) -> Readings:
    """Return the readings of one look, by what they are about."""

    async def look() -> Readings:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            return {reading.about: reading for reading in await rule.look(connection)}

    return asyncio.run(look())


async def twice(rule: Rule, connection: Connection) -> dict[str, float | None]:
    """Return what is broken at the second of two looks, a tenth of a second apart."""
    await rule.look(connection)
    await asyncio.sleep(0.1)
    return broken({reading.about: reading for reading in await rule.look(connection)})


def broken(readings: Readings) -> dict[str, float | None]:
    """Return the figures there are too many of."""
    return {about: reading.value for about, reading in readings.items() if reading.broken}


def places(readings: Readings) -> list[str]:
    """Return where the rule is broken."""
    return [place.what for reading in readings.values() for place in reading.places]
