"""What the loop asks of a consumer: which events it wants, and to write what follows from a batch of them."""

from collections.abc import Iterable
from typing import Any, Protocol

import psycopg

from domain.kernel.recorded import Recorded
from projections.kernel.feed import Decode, FeedRow, Prepare, Topics, as_stored
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows
from projections.kernel.writer import Writer


class Consumer(Protocol):
    """One consumer of the feed, in one generation.

    ``apply`` writes in the caller's transaction and nowhere else; the bookmark moves in the same transaction. It is
    given Recorded events, or with ``raw`` the FeedRows as they are stored, undecoded.
    """

    @property
    def name(self) -> str: ...
    @property
    def generation(self) -> int: ...
    @property
    def topics(self) -> Topics: ...
    @property
    def halts(self) -> bool: ...
    @property
    def raw(self) -> bool: ...

    def apply(self, connection: psycopg.Connection[Any], events: Iterable[Any]) -> None: ...


def wants(consumer: Consumer, row: FeedRow) -> bool:
    """Whether a consumer wants an event by its topic."""
    return consumer.topics is None or row.type in consumer.topics


def prepares(consumer: Consumer, decode: Decode) -> Prepare:
    """Return what makes of rows what a consumer is given."""
    return as_stored if consumer.raw else decode


def schema_of(read_model: str, generation: int) -> str:
    """Return the name of the database schema a generation's tables live in."""
    return f"{read_model}_{generation}"


class ReadModelConsumer:
    """A read model's generation as a consumer."""

    raw = False

    def __init__(self, read_model: ReadModel, generation: int) -> None:
        self.name = read_model.name
        self.generation = generation
        self.topics = frozenset(event.TOPIC for event in read_model.on)
        self.halts = read_model.halts
        self._on = dict(read_model.on)
        self._writer = Writer(schema_of(read_model.name, generation), read_model.tables)

    def apply(self, connection: psycopg.Connection[Any], events: Iterable[Recorded]) -> None:
        """Fold the events into row changes and write them in bulk."""
        rows = Rows()
        on = self._on
        for recorded in events:
            event = recorded.event
            on[type(event)](rows, event, recorded)
        self._writer.write(connection, rows)
