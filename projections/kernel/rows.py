"""Row changes collected over a batch of events, folded per row, and written in bulk at its end."""

from typing import NamedTuple

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

    __slots__ = ("deltas", "drop", "fresh", "upsert", "values")

    def __init__(self) -> None:
        self.values: dict[str, object] = {}
        self.deltas: dict[str, int] = {}
        self.fresh = False
        self.upsert = False
        self.drop = False


class Rows:
    """Collects changes; ``key`` is always the full primary key as a tuple in the table's column order."""

    __slots__ = ("tables",)

    def __init__(self) -> None:
        self.tables: dict[str, dict[Key, Change]] = {}

    def insert(self, table: str, key: Key, values: dict[str, object]) -> None:
        """Add a row that cannot exist yet (its stream's first event): the fastest way in."""
        change = self._change(table, key)
        change.fresh = not change.drop
        change.upsert = change.drop
        change.values = values

    def put(self, table: str, key: Key, values: dict[str, object]) -> None:
        """Add the row, or replace the named columns of the one that is there."""
        change = self._change(table, key)
        if not change.fresh:
            change.upsert = True
        change.values.update(values)

    def change(self, table: str, key: Key, values: dict[str, object]) -> None:
        """Replace the named columns of an existing row."""
        self._change(table, key).values.update(values)

    def add(self, table: str, key: Key, deltas: dict[str, int], values: dict[str, object] | None = None) -> None:
        """Add to numeric columns (a missing row starts at zero), and set ``values`` beside them."""
        change = self._change(table, key)
        if not change.fresh:
            change.upsert = True
        change.values.update(values or {})
        for column, delta in deltas.items():
            if change.fresh and column in change.values:
                change.values[column] = int(str(change.values[column])) + delta
            else:
                change.deltas[column] = change.deltas.get(column, 0) + delta

    def drop(self, table: str, key: Key) -> None:
        """Delete the row."""
        change = Change()
        change.drop = True
        self.tables.setdefault(table, {})[key] = change

    def _change(self, table: str, key: Key) -> Change:
        rows = self.tables.get(table)
        if rows is None:
            rows = self.tables[table] = {}
        change = rows.get(key)
        if change is None:
            change = rows[key] = Change()
        return change
