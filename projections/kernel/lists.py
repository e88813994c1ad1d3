"""Lists, page by page: in one of the orders a list allows, from a place in it or after its last row."""

from collections.abc import Mapping
from typing import LiteralString, NamedTuple

from projections.kernel.reader import Reader, Row

SORTED = "sorted_by"


class Sort(NamedTuple):
    """What a list can be in the order of: a column that is never NULL, and its type."""

    column: LiteralString
    type: LiteralString


class Order(NamedTuple):
    """The order asked for."""

    field: str
    descending: bool = False

    def __str__(self) -> str:
        return f"-{self.field}" if self.descending else self.field


class After(NamedTuple):
    """The row a page begins after: what it is sorted by, and its key, as PostgreSQL writes them."""

    value: str
    key: str


class Window(NamedTuple):
    """Which part of a list. ``total``: as counted for an earlier page, so that it need not be counted again."""

    limit: int
    offset: int = 0
    order: Order | None = None
    after: After | None = None
    total: int | None = None


class Found(NamedTuple):
    """A page, the list's total, and where the page after it begins (None: the page is empty)."""

    rows: list[Row]
    total: int
    last: After | None


class Listing(NamedTuple):
    """A list: ``columns`` from ``source`` (with its WHERE), each row known by ``key`` (a uuid unless ``key_type``)."""

    columns: LiteralString
    source: LiteralString
    key: LiteralString
    sorts: Mapping[str, Sort]
    default: Order
    key_type: LiteralString = "uuid"

    async def page(self, reader: Reader, parameters: Mapping[str, object], window: Window) -> Found:
        """Return a page in one round trip, and a second to count where the page itself does not tell the total."""
        order = window.order or self.default
        sort, way = self.sorts[order.field], "DESC" if order.descending else "ASC"
        asked: dict[str, object] = {**parameters, "limit": window.limit, "offset": window.offset}
        beyond = ""
        if window.after is not None:
            beyond = f"""AND ({sort.column}, {self.key}) {"<" if order.descending else ">"}
                (%(after_value)s::{sort.type}, %(after_key)s::{self.key_type})"""
            asked |= {"after_value": window.after.value, "after_key": window.after.key, "offset": 0}
        rows = await reader.rows(
            f"""SELECT {self.columns}, ({sort.column})::text AS {SORTED}, ({self.key})::text AS {SORTED}_key
                {self.source} {beyond}
                ORDER BY {sort.column} {way}, {self.key} {way} LIMIT %(limit)s OFFSET %(offset)s""",
            asked,
        )
        last = After(rows[-1][SORTED], rows[-1][f"{SORTED}_key"]) if rows else None
        total = await self._total(reader, parameters, window, len(rows))
        return Found([_without_marks(row) for row in rows], total, last)

    async def _total(self, reader: Reader, parameters: Mapping[str, object], window: Window, here: int) -> int:
        if window.total is not None:
            return window.total
        if window.after is None and here < window.limit and (here or not window.offset):
            return window.offset + here
        counted = await reader.row(f"SELECT count(*) AS total {self.source}", parameters)
        return counted["total"] if counted else 0


def _without_marks(row: Row) -> Row:
    del row[SORTED], row[f"{SORTED}_key"]
    return row
