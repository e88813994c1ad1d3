"""Read models of what lies sealed: their projectors see opened events, and their rows keep words only as tokens."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import psycopg

from domain.kernel.recorded import Recorded
from projections.kernel.consumer import ReadModelConsumer
from projections.kernel.feed import FeedRow
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows

AT_ONCE = 1_000


class Term(NamedTuple):
    """A word somebody may look for, in the field it belongs to."""

    field: str
    value: str


class Terms(tuple[Term, ...]):
    """A value of a row that becomes the terms' tokens before it is written. The row's key begins with the tenant."""

    __slots__ = ()


class Keys(Protocol):
    """What a keyed consumer asks of whoever holds keys."""

    def opened(self, rows: Sequence[FeedRow]) -> list[Recorded]:
        """Return the events with their personal fields opened (closed ones too), Erased where the key is destroyed."""
        ...

    def tokens(self, tenant_id: UUID, terms: Sequence[Term]) -> list[int]:
        """Return the tokens of terms, in order, each once."""
        ...


class KeyedConsumer(ReadModelConsumer):
    """A generation of a keyed read model as a consumer."""

    raw = True

    def __init__(self, read_model: ReadModel, keys: Keys, generation: int) -> None:
        super().__init__(read_model, generation)
        self._keys = keys

    def apply(self, connection: psycopg.Connection[Any], events: Iterable[Any]) -> None:
        """Open the events, fold them into row changes, put tokens in the place of terms, write."""
        rows = Rows()
        for some in _batches(events):
            for recorded in self._keys.opened(some):
                self._on[type(recorded.event)](rows, recorded.event, recorded)
        for changes in rows.tables.values():
            for change in changes.values():
                for column, value in change.values.items():
                    if isinstance(value, Terms):
                        tenant_id = change.key[0]
                        assert isinstance(tenant_id, UUID)
                        change.values[column] = self._keys.tokens(tenant_id, value)
        self._writer.write(connection, rows)


def _batches(events: Iterable[FeedRow]) -> Iterator[list[FeedRow]]:
    source = iter(events)
    while some := list(islice(source, AT_ONCE)):
        yield some
