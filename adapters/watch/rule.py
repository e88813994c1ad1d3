"""What a rule is: something that must hold, of which a look brings figures and what of them is allowed."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import psycopg

Connection = psycopg.AsyncConnection[Any]
"""Autocommit, of a login that sees every tenant."""


class Place(NamedTuple):
    """Where a rule is broken: the kind and id of a stream, or a currency; never what is said there."""

    tenant_id: UUID
    what: str


class Reading(NamedTuple):
    """A figure for one thing a rule is ``about`` ("": there is only one). None: it cannot be said just now."""

    about: str
    value: float | None
    allowed: float = 0.0
    places: Sequence[Place] = ()

    @property
    def broken(self) -> bool:
        """Whether there is more of it than is allowed."""
        return self.value is not None and abs(self.value) > self.allowed


class Rule(Protocol):
    """``says`` is what holds, in words; ``every``: seconds between two looks."""

    name: str
    says: str
    every: float

    async def look(self, connection: Connection) -> Sequence[Reading]:
        """Return a reading for everything the rule is about now. Raises psycopg.Error."""
        ...


def counted(rows: Sequence[tuple[int, UUID, str]], about: str = "") -> Reading:
    """Return the reading of a question that answers, per place, how many there are in all, the tenant and what."""
    return Reading(about, float(rows[0][0]) if rows else 0.0, places=[Place(*row[1:]) for row in rows])
