"""Someone who has the database, the files and the root key, and opens everything that can be opened."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from adapters.bootstrap import Services
from adapters.vault.alarms import Forged
from domain.kernel.recorded import SealedCopy

_TABLES = """SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema)' ORDER BY 1, 2"""
_SEALED = """SELECT table_schema, table_name FROM information_schema.columns
    WHERE column_name = 'sealed_version' AND table_schema <> 'read' ORDER BY 1, 2"""
_PEOPLE = "SELECT DISTINCT subject_id FROM event_store.events WHERE tenant_id = %s AND subject_id IS NOT NULL"


async def everything(services: Services, url: str, tenant: UUID) -> str:
    """Return, as one text, every row as it lies there, and whatever of events and read models still opens."""
    with psycopg.connect(url) as connection:
        found = [_text(connection, *table) for table in connection.execute(_TABLES).fetchall()]
        people = [row[0] for row in connection.execute(_PEOPLE, (tenant,)).fetchall()]
        sealed = [row for table in connection.execute(_SEALED).fetchall() for row in _rows(connection, *table)]
    for person in people:
        facts = await services.restricted_facts().as_json(tenant, person, datetime.now(UTC))
        found.append(str(facts))
    found += [await _opened(services, tenant, row) for row in sealed if row["tenant_id"] == tenant and row["sealed"]]
    return "\n".join(found)


def in_files(folder: Path, word: str) -> list[str]:
    """Return the files that hold a word."""
    return [path.name for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]


def _text(connection: psycopg.Connection[Any], schema: str, table: str) -> str:
    query = sql.SQL("SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM {} t").format(sql.Identifier(schema, table))
    found = connection.execute(query).fetchone()
    return str(found[0]) if found else ""


def _rows(connection: psycopg.Connection[Any], schema: str, table: str) -> list[dict[str, Any]]:
    query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, table))
    return connection.cursor(row_factory=dict_row).execute(query).fetchall()


async def _opened(services: Services, tenant: UUID, row: dict[str, Any]) -> str:
    """Open a read model's ciphertext: one of the row's ids is the stream it belongs to."""
    for stream in {value for value in row.values() if isinstance(value, UUID)}:
        copy = SealedCopy(
            row["sealed"], row["key_id"], stream, row["sealed_version"], row["sealed_type"], row["sealed_schema"]
        )
        try:
            return str(await services.streams.open(tenant, [copy]))
        except Forged:
            continue
    raise AssertionError("a ciphertext belongs to none of the ids beside it")
