"""A row of each of two tenants in every table that has a tenant, put there by the server's administrator."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

#: A value of each type; what has to be unlike in every row is made anew.
VALUES: dict[str, Any] = {
    "uuid": uuid4, "text": lambda: uuid4().hex, "bigint": lambda: uuid4().int % 10**12, "integer": 1, "smallint": 1,
    "json": "{}", "jsonb": "{}", "bytea": b"x", "boolean": True, "date": "2026-03-02", "numeric": 1,
    "timestamp with time zone": "2026-03-02T09:00:00Z", "double precision": 1.0, "uuid[]": [], "text[]": [],
    "integer[]": [], "bigint[]": [], "smallint[]": [], "time without time zone": "09:00",
}  # fmt: skip
#: Where a column must hold something particular.
GIVEN: dict[str, dict[str, Any]] = {
    "vault.data_keys": {"epoch": 1, "wrapped": b"x"},
    "vault.revocations": {"kind": "closed", "subject_id": uuid4},
    "vault.tenant_keys": {"epoch": 1, "wrapped": b"x"},
}
_COLUMNS = b"""SELECT a.attname::text, format_type(a.atttypid, NULL)
    FROM pg_attribute a WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attgenerated = '' AND a.attnotnull AND NOT a.atthasdef ORDER BY a.attnum"""


def fill(connection: psycopg.Connection[Any], tables: Sequence[str], tenants: Sequence[UUID]) -> None:
    """Put a row of each tenant into every table that has none of it. References between tables go unchecked."""
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for table in tables:
            for tenant_id in tenants:
                if not count(connection, table, tenant_id):
                    put(connection, table, row(connection, table, tenant_id))


def row(connection: psycopg.Connection[Any], table: str, tenant_id: UUID) -> dict[str, Any]:
    """Return a new row: a value for every column that must have one."""
    columns = dict(connection.execute(_COLUMNS, (table,)).fetchall())
    made = {name: VALUES[kind] for name, kind in columns.items()} | GIVEN.get(table, {}) | {"tenant_id": tenant_id}
    return {name: value() if callable(value) else value for name, value in made.items()}


def put(connection: psycopg.Connection[Any], table: str, values: dict[str, Any]) -> None:
    """Insert a row."""
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        name_of(table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join([sql.Placeholder()] * len(values)),
    )
    connection.execute(statement, list(values.values()))


def count(connection: psycopg.Connection[Any], table: str, tenant_id: UUID | None = None) -> int:
    """Return how many rows (of a tenant) are seen."""
    where = sql.SQL("") if tenant_id is None else sql.SQL("WHERE tenant_id = {}").format(tenant_id)
    found = connection.execute(sql.SQL("SELECT count(*) FROM {} {}").format(name_of(table), where)).fetchone()
    return int(found[0]) if found else 0


def name_of(table: str) -> sql.Identifier:
    """Return the name of a table, ready for a statement."""
    return sql.Identifier(*table.split(".", 1))
