"""Writes collected row changes: a few by prepared statements in a pipeline, many by COPY and one statement.

COPY goes to a temporary table: into a table behind row-level security PostgreSQL takes INSERT alone."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg import sql

from projections.kernel.indexes import built_afterwards
from projections.kernel.rows import Change, Key, Rows, Table

FEW, VERY_MANY = 60, 10_000
Shape = tuple[str, tuple[str, ...], tuple[str, ...]]


class Writer:
    """Writes the rows of one generation of a read model."""

    def __init__(self, schema: str, tables: Sequence[Table]) -> None:
        self._schema = schema
        self._tables = {table.name: table for table in tables}
        self._types: dict[str, dict[str, int]] = {}
        self._statements: dict[tuple[str, Shape, bool], bytes] = {}
        self._stages: dict[tuple[str, Shape], int] = {}

    def write(self, connection: psycopg.Connection[Any], rows: Rows) -> None:
        """Write all changes, once per transaction. Within a row they are folded already; tables are in no order."""
        for name, changes in rows.tables.items():
            table = self._tables[name]
            self._drop(connection, table, [change.key for change in changes.values() if change.drop])
            for shape, items in _shapes(changes.values()).items():
                if len(items) <= FEW:
                    self._write_few(connection, table, shape, items)
                elif len(items) >= VERY_MANY and shape[0] == "insert":
                    with built_afterwards(connection, self._schema, table.name):
                        self._write_many(connection, table, shape, items)
                else:
                    self._write_many(connection, table, shape, items)

    def _drop(self, connection: psycopg.Connection[Any], table: Table, keys: list[Key]) -> None:
        if keys:
            match = sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(c)) for c in table.key)
            statement = sql.SQL("DELETE FROM {} WHERE {}").format(self._name(table), match)
            with connection.cursor() as cursor:
                cursor.executemany(statement, keys)

    def _write_few(self, connection: psycopg.Connection[Any], table: Table, shape: Shape, items: list[Change]) -> None:
        statement = self._statement(connection, table, shape, None)
        how, values, deltas = shape
        with connection.cursor(binary=True) as cursor:
            if how == "change":
                rows = [(*_cells(change, values, deltas), *change.key) for change in items]
            else:
                rows = [(*change.key, *_cells(change, values, deltas)) for change in items]
            if len(rows) == 1:
                cursor.execute(statement, rows[0], prepare=True)
            else:
                cursor.executemany(statement, rows)

    def _write_many(self, connection: psycopg.Connection[Any], table: Table, shape: Shape, items: list[Change]) -> None:
        _, values, deltas = shape
        columns = (*table.key, *values, *deltas)
        stage = self._stage(table, shape)
        create = sql.SQL("CREATE TEMPORARY TABLE IF NOT EXISTS {} ON COMMIT DELETE ROWS AS SELECT {} FROM {} LIMIT 0")
        connection.execute(create.format(stage, _names(columns), self._name(table)))
        types = self._column_types(connection, table)
        command = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(stage, _names(columns))
        with connection.cursor() as cursor, cursor.copy(command) as copy:
            copy.set_types([types[column] for column in columns])
            for change in items:
                copy.write_row((*change.key, *_cells(change, values, deltas)))
        connection.execute(self._statement(connection, table, shape, stage))

    def _stage(self, table: Table, shape: Shape) -> sql.Identifier:
        number = self._stages.setdefault((table.name, shape), len(self._stages))
        return sql.Identifier(f"stage_{self._schema}_{number}")

    def _statement(
        self, connection: psycopg.Connection[Any], table: Table, shape: Shape, stage: sql.Identifier | None
    ) -> bytes:
        key = (table.name, shape, stage is None)
        found = self._statements.get(key)
        if found is None:
            build = _update if shape[0] == "change" else _insert
            found = self._statements[key] = build(self._name(table), table, shape, stage).as_bytes(connection)
        return found

    def _column_types(self, connection: psycopg.Connection[Any], table: Table) -> dict[str, int]:
        if table.name not in self._types:
            query = """SELECT attname, atttypid FROM pg_attribute
                WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped"""
            found = connection.execute(query, (f'"{self._schema}"."{table.name}"',)).fetchall()
            self._types[table.name] = {name: int(oid) for name, oid in found}
        return self._types[table.name]

    def _name(self, table: Table) -> sql.Identifier:
        return sql.Identifier(self._schema, table.name)


def _shapes(changes: Iterable[Change]) -> dict[Shape, list[Change]]:
    shapes: dict[Shape, list[Change]] = defaultdict(list)
    for change in changes:
        if change.values or change.deltas or change.fresh or change.upsert:
            how = "insert" if change.fresh else "put" if change.upsert else "change"
            shapes[(how, tuple(change.values), tuple(change.deltas or ()))].append(change)
    return shapes


def _cells(change: Change, values: tuple[str, ...], deltas: tuple[str, ...]) -> tuple[object, ...]:
    if change.deltas:
        return (*(change.values[c] for c in values), *(change.deltas[c] for c in deltas))
    return tuple(change.values.values())


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _insert(name: sql.Identifier, table: Table, shape: Shape, stage: sql.Identifier | None) -> sql.Composed:
    how, values, deltas = shape
    columns = (*table.key, *values, *deltas)
    if stage is None:
        source = sql.SQL("VALUES ({})").format(sql.SQL(", ").join([sql.SQL("%s")] * len(columns)))
    else:
        source = sql.SQL("SELECT {} FROM {}").format(_names(columns), stage)
    statement = sql.SQL("INSERT INTO {} AS t ({}) {}").format(name, _names(columns), source)
    if how == "insert":
        return statement
    sets = [sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(c)) for c in values]
    sets += [sql.SQL("{0} = t.{0} + EXCLUDED.{0}").format(sql.Identifier(c)) for c in deltas]
    action = sql.SQL("UPDATE SET {}").format(sql.SQL(", ").join(sets)) if sets else sql.SQL("NOTHING")
    return sql.SQL("{} ON CONFLICT ({}) DO {}").format(statement, _names(table.key), action)


def _update(name: sql.Identifier, table: Table, shape: Shape, stage: sql.Identifier | None) -> sql.Composed:
    _, values, deltas = shape

    def given(column: str) -> sql.Composable:
        return sql.SQL("%s") if stage is None else sql.SQL("s.{}").format(sql.Identifier(column))

    sets = [sql.SQL("{} = {}").format(sql.Identifier(c), given(c)) for c in values]
    sets += [sql.SQL("{0} = t.{0} + {1}").format(sql.Identifier(c), given(c)) for c in deltas]
    match = sql.SQL(" AND ").join(sql.SQL("t.{} = {}").format(sql.Identifier(c), given(c)) for c in table.key)
    source = sql.SQL("") if stage is None else sql.SQL(" FROM {} s").format(stage)
    return sql.SQL("UPDATE {} AS t SET {}{} WHERE {}").format(name, sql.SQL(", ").join(sets), source, match)
