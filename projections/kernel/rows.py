"""Row changes collected over a batch of events, folded per row, and written in bulk at its end."""

from collections import defaultdict
from typing import NamedTuple, cast
from uuid import UUID

Key = tuple[object, ...]


class Table(NamedTuple):
    """A table of a read model and the columns of its primary key, in order."""

    name: str
    key: tuple[str, ...]


class Change:
    """What happens to one row in a batch. ``values`` replace columns, ``deltas`` are added to them.

    ``fresh``: the row is known not to exist before; ``upsert``: it may or may not; otherwise it must exist already
    (a change to a missing row changes nothing). ``drop``: the row is deleted first.
    """

    __slots__ = ("deltas", "drop", "fresh", "key", "upsert", "values")

    def __init__(self, key: Key, values: dict[str, object]) -> None:
        self.key = key
        self.values = values
        self.deltas: dict[str, int] | None = None
        self.fresh = False
        self.upsert = False
        self.drop = False


class Rows:
    """Collects changes; ``key`` is always the full primary key as a tuple in the table's column order."""

    __slots__ = ("tables",)

    def __init__(self) -> None:
        self.tables: defaultdict[str, dict[Key, Change]] = defaultdict(dict)

    def insert(self, table: str, key: Key, values: dict[str, object]) -> None:
        """Add a row that cannot exist yet (its stream's first event): the fastest way in. ``values`` are taken over."""
        change = self._change(table, key, values)
        change.values = values
        change.fresh = not change.drop
        change.upsert = change.drop

    def put(self, table: str, key: Key, values: dict[str, object]) -> None:
        """Add the row, or replace the named columns of the one that is there."""
        change = self._change(table, key, values)
        change.upsert = not change.fresh

    def change(self, table: str, key: Key, values: dict[str, object]) -> None:
        """Replace the named columns of an existing row."""
        self._change(table, key, values)

    def add(self, table: str, key: Key, deltas: dict[str, int], values: dict[str, object] | None = None) -> None:
        """Add to numeric columns (a missing row starts at zero), and set ``values`` beside them."""
        change = self._change(table, key, values or {})
        change.upsert = not change.fresh
        if change.deltas is None:
            change.deltas = {}
        for column, delta in deltas.items():
            if change.fresh and column in change.values:
                change.values[column] = cast(int, change.values[column]) + delta
            else:
                change.deltas[column] = change.deltas.get(column, 0) + delta

    def drop(self, table: str, key: Key) -> None:
        """Delete the row."""
        change = self.tables[table][_quick(key)] = Change(key, {})
        change.drop = True

    def _change(self, table: str, key: Key, values: dict[str, object]) -> Change:
        rows, quick = self.tables[table], _quick(key)
        change = rows.get(quick)
        if change is None:
            change = rows[quick] = Change(key, {**values})
        else:
            change.values.update(values)
        return change


def _quick(key: Key) -> Key:
    """Return what is as good as ``key`` in a dictionary. UUIDs are hashed and compared by Python, integers are not."""
    if len(key) == 2:
        one, two = key
        if type(one) is UUID and type(two) is UUID:
            return (one.int, two.int)
    return key
