"""How the log stands: leaves, those no note covers yet and since when, and what could not be handed out."""

from typing import Any, NamedTuple

import psycopg

_LOGS = b"SELECT kind, logs, leaves, unanchored FROM merkle.figures()"
_AGE = b"SELECT merkle.oldest_unsigned()"
_WAITING = b"SELECT anchor, waiting, refused, error FROM merkle.waiting()"


class LogState(NamedTuple):
    """The logs of one kind: how many, their leaves, and the leaves no note covers yet."""

    kind: str
    logs: int
    leaves: int
    unanchored: int


class DeliveryState(NamedTuple):
    """What waits to be handed to one anchor, how much of it was refused before, and the last kind of error."""

    anchor: str
    waiting: int
    refused: int
    error: str | None


class MerkleState(NamedTuple):
    """``age``: for how many seconds the oldest leaf that no note covers has been recorded."""

    logs: list[LogState]
    age: float
    deliveries: list[DeliveryState]


async def merkle(connection: psycopg.AsyncConnection[Any]) -> MerkleState:
    """Return how the log stands."""
    logs = [LogState(*row) for row in await (await connection.execute(_LOGS)).fetchall()]
    row = await (await connection.execute(_AGE)).fetchone()
    age = float(row[0]) if row else 0.0
    waiting = [DeliveryState(*row) for row in await (await connection.execute(_WAITING)).fetchall()]
    return MerkleState(logs, age, waiting)
