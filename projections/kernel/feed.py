"""The feed: every event in position order, in pages whose every position is final."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from domain.kernel.recorded import Recorded


class FeedRow(NamedTuple):
    """An event as it is stored."""

    position: int
    tenant_id: UUID
    stream_id: UUID
    version: int
    type: str
    schema_version: int
    data: str
    sealed: bytes | None
    key_id: UUID | None
    subject_id: UUID | None
    meta: str
    recorded_at: datetime


class Share(NamedTuple):
    """The tenants of one of ``of`` shards."""

    number: int = 0
    of: int = 1

    def holds(self, tenant_id: UUID) -> bool:
        """Whether a tenant belongs to it: by the last two bytes of its id, which are random in every kind of UUID."""
        return self.of == 1 or (tenant_id.int & 0xFFFF) % self.of == self.number


ALL_TENANTS = Share()

Decode = Callable[[FeedRow], Recorded]
"""Decodes a row, sealed fields unopened. Raises UnknownTopic or UndecodableData."""
Prepare = Callable[[FeedRow], Any]
"""Makes of a row what a consumer is given: the event decoded, or the row as it is."""
Topics = Collection[str] | None
"""The topics of the events somebody wants; None: all there are, also those nobody knows."""


def as_stored(row: FeedRow) -> FeedRow:
    """Prepare a row for whoever wants it as it is."""
    return row


class Page:
    """Rows after position ``after``, up to ``upto``: nothing will ever be added between the two.

    With ``types`` given, only rows of these topics are in it.
    """

    __slots__ = ("_decoded", "after", "rows", "upto")

    def __init__(self, after: int, rows: list[FeedRow], upto: int) -> None:
        self.after = after
        self.rows = rows
        self.upto = upto
        self._decoded: dict[int, Recorded] = {}

    def recorded(self, row: FeedRow, decode: Decode) -> Recorded:
        """Return the row decoded; consumers that share a page share the work."""
        found = self._decoded.get(row.position)
        if found is None:
            found = self._decoded[row.position] = decode(row)
        return found

    def covers(self, position: int) -> bool:
        """Whether a consumer that stands at ``position`` finds its next rows here."""
        return self.after <= position < self.upto


class Feed(Protocol):
    """Port to the feed."""

    def page(self, after: int, limit: int, types: Topics = None) -> Page:
        """Return the next page after ``after``; its ``upto`` equals ``after`` when there is nothing new."""
        ...

    def pages(self, after: int, upto: int, types: Topics, share: Share) -> Iterator[Page]:
        """Yield the pages of a long stretch whose end ``upto`` is final. Until it is left the feed is taken."""
        ...

    def stream(self, stream_id: UUID, first: int, last: int) -> list[FeedRow]:
        """Return one stream's rows with positions from ``first`` to ``last``, in order."""
        ...

    def settled(self) -> int:
        """Return the last position that is final now."""
        ...
