"""The board: what was last seen of every rule, for doctor, metrics and health. Reading it looks at nothing anew."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg

from adapters.watch.catalogue import RULES

#: A rule that was not looked at for so many of its intervals, and a little more, is not watched.
MISSED, SLACK_SECONDS = 3, 30.0
_LOOKS = b"SELECT rule, extract(epoch FROM clock_timestamp() - looked_at)::float8, error FROM watch.looks"
_READINGS = b"""SELECT rule, about, value, allowed, broken_since IS NOT NULL,
        extract(epoch FROM clock_timestamp() - seen_at)::float8,
        extract(epoch FROM clock_timestamp() - broken_since)::float8
    FROM watch.readings ORDER BY rule, about"""
_PLACES = b"SELECT rule, place || ' of ' || tenant_id FROM watch.findings ORDER BY rule, tenant_id, place LIMIT 100"


class Shown(NamedTuple):
    """A reading as it was written down; ``age`` and ``broken_for`` in seconds."""

    rule: str
    about: str
    value: float
    allowed: float
    broken: bool
    age: float
    broken_for: float | None

    def __str__(self) -> str:
        about = f"{self.about}: " if self.about else ""
        return f"{about}{self.value:g} ({self.allowed:g} allowed) for {self.broken_for or 0:.0f} s"


class Board(NamedTuple):
    """``ages``: seconds since each rule was looked at with success; ``errors``: kinds of the looks that failed last."""

    ages: dict[str, float | None]
    errors: dict[str, str]
    readings: Sequence[Shown]

    @property
    def rules(self) -> list[str]:
        """The names of all rules there are, also of those nobody has looked at."""
        return [rule.name for rule in RULES]

    def broken(self) -> dict[str, list[Shown]]:
        """Return the readings of the rules that do not hold."""
        found: dict[str, list[Shown]] = {}
        for reading in self.readings:
            if reading.broken:
                found.setdefault(reading.rule, []).append(reading)
        return found

    def unseen(self) -> dict[str, str]:
        """Return the rules nobody can say anything of just now, and why."""
        why = {}
        for rule in RULES:
            name, latest = rule.name, MISSED * rule.every + SLACK_SECONDS
            age = self.ages.get(name)
            if name in self.errors:
                why[name] = f"the last look failed: {self.errors[name]}"
            elif age is None:
                why[name] = "not looked at yet: is the clock running?"
            elif age > latest:
                why[name] = f"not looked at for {age:.0f} s: is the clock running?"
            elif old := [reading for reading in self.readings if reading.rule == name and reading.age > latest]:
                why[name] = f"could not be said of {old[0].about} for {old[0].age:.0f} s"
        return why


async def board(connection: psycopg.AsyncConnection[Any]) -> Board:
    """Read the board."""
    looks = await (await connection.execute(_LOOKS)).fetchall()
    rows = await (await connection.execute(_READINGS)).fetchall()
    ages, errors = {name: age for name, age, _ in looks}, {name: error for name, _, error in looks if error}
    return Board(ages, errors, [Shown(*row) for row in rows])


async def places(connection: psycopg.AsyncConnection[Any]) -> dict[str, list[str]]:
    """Return where rules are broken, by rule: what, and whose. The connection has to mean every tenant."""
    found: dict[str, list[str]] = {}
    for rule, place in await (await connection.execute(_PLACES)).fetchall():
        found.setdefault(rule, []).append(place)
    return found
