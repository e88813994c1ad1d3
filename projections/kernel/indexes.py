"""Indexes are built several times faster over rows that are there than row by row."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

# Whoever looks holds what keeps another from taking the indexes away: two who looked would wait for each other.
_ALONE = b"SELECT pg_advisory_xact_lock(hashtextextended('indexes of ' || %s, 0))"
_EMPTY = sql.SQL("SELECT NOT EXISTS (SELECT FROM {})")
_DEFER = b"SELECT consumers.defer_indexes(%s, %s)"
_BUILD = b"SELECT consumers.build_indexes(%s, %s)"


@contextmanager
def built_afterwards(connection: psycopg.Connection[Any], schema: str, table: str) -> Iterator[None]:
    """Do without the indexes of a table while the block fills it, if it is empty; in the caller's transaction.

    Of several who fill a generation together the first has it to itself until it commits, and the others keep indexes.
    """
    connection.execute(_ALONE, (schema,))
    found = connection.execute(_EMPTY.format(sql.Identifier(schema, table))).fetchone()
    if not (found and found[0]):
        yield
        return
    connection.execute(_DEFER, (schema, table))
    yield
    connection.execute(_BUILD, (schema, table))
