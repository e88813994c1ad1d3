"""Reads rows as they lie in the table and makes their leaves: millions of them, so every microsecond counts.

PostgreSQL's binary COPY writes a row as each field's four-byte length and its bytes: the header of a leaf as it is.
"""

from collections.abc import Iterator
from hashlib import sha256
from struct import Struct
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg import errors, sql
from psycopg.pq import ExecStatus

from adapters.postgres.feed import Source

CHUNK = 256  # rows that still lie in the processor's cache when they are hashed
_HEAD = 19  # what COPY writes before the first row: signature, flags, length of an extension
_DIGEST = b"\x00\x00\x00\x20"
_LENGTH = Struct(">I").unpack_from
_PLACE = Struct(">q").unpack_from
_VERSION = Struct(">q").unpack_from
# PostgreSQL counts from 2000: thirty years later is the number since 1970.
_COPY = """COPY (SELECT position, tenant_id, stream_id, version::bigint, type, schema_version::int,
        CASE WHEN key_id IS NULL THEN ''::bytea ELSE uuid_send(key_id) END,
        CASE WHEN subject_id IS NULL THEN ''::bytea ELSE uuid_send(subject_id) END,
        recorded_at + interval '262968 hours', meta, data, sealed
    FROM {relation} WHERE {condition} ORDER BY position) TO STDOUT (FORMAT BINARY)"""


class Found(NamedTuple):
    """A row that is there: its place, its leaf, and the row itself as COPY wrote it."""

    position: int
    stream_id: UUID
    version: int
    leaf: bytes
    copied: bytes


def leaf_of(row: Any) -> bytes:
    """Return the leaf of a row as COPY writes it (bytes or memoryview): what ``leaf.leaf_hash`` gives, faster."""
    # Offset 66 is the length of the type; after it and the schema version come key and subject, of 16 bytes or none.
    at = 78 + _LENGTH(row, 66)[0]
    at += 4 + row[at + 3]
    at += 4 + row[at + 3]
    meta = at + 16
    data = meta + _LENGTH(row, at + 12)[0] + 4
    sealed = data + _LENGTH(row, data - 4)[0] + 4
    return sha256(b"".join((
        b"\x00", row[2:at],
        _DIGEST, sha256(row[meta : data - 4]).digest(), row[at : at + 12],
        sha256(row[data : sealed - 4]).digest(),
        b"" if row[sealed - 4] == 255 else sha256(row[sealed:]).digest(),
    ))).digest()  # fmt: skip


def leaves(
    connection: psycopg.Connection[Any], source: Source, upto: int, tenant_id: UUID | None = None
) -> Iterator[tuple[UUID, list[bytes]]]:
    """Yield the leaves of all rows up to position ``upto``, in order: a tenant, and leaves that follow its last ones.

    Rows of other tenants may come between two yields for one. Until the end the connection is taken.
    """
    condition = sql.SQL("position <= {}").format(upto)
    if tenant_id is not None:
        condition = sql.SQL("{} AND tenant_id = {}").format(condition, tenant_id)
    for chunk in _copied(connection, source, condition):
        if tenant_id is not None:
            yield tenant_id, list(map(leaf_of, chunk))
            continue
        of: dict[bytes, list[Any]] = {}
        whose, add = b"", chunk.append
        for row in chunk:
            if row[18:34] != whose:
                whose = bytes(row[18:34])
                add = of.setdefault(whose, []).append
            add(row)
        for tenant, rows in of.items():
            yield UUID(bytes=tenant), list(map(leaf_of, rows))


def found(
    connection: psycopg.Connection[Any], source: Source, tenant_id: UUID, after: int, upto: int
) -> Iterator[Found]:
    """Yield a tenant's rows after a position, up to another, with their places and leaves."""
    condition = sql.SQL("position > {} AND position <= {} AND tenant_id = {}").format(after, upto, tenant_id)
    for chunk in _copied(connection, source, condition):
        for copied in map(bytes, chunk):
            place = _PLACE(copied, 6)[0], UUID(bytes=copied[38:54]), _VERSION(copied, 58)[0]
            yield Found(*place, leaf_of(copied), copied)


def fields(copied: bytes) -> list[bytes | None]:
    """Return the twelve fields of a row as COPY wrote it."""
    values: list[bytes | None] = []
    at = 2
    while at < len(copied):
        length = _LENGTH(copied, at)[0]
        at += 4
        if length == 0xFFFFFFFF:
            values.append(None)
        else:
            values.append(copied[at : at + length])
            at += length
    return values


def copied_from(values: list[bytes | None]) -> bytes:
    """Return fields as COPY would write them."""
    parts = [len(values).to_bytes(2, "big")]
    for value in values:
        parts.append(b"\xff\xff\xff\xff" if value is None else len(value).to_bytes(4, "big") + value)
    return b"".join(parts)


def _copied(connection: psycopg.Connection[Any], source: Source, condition: sql.Composable) -> Iterator[list[Any]]:
    """Yield rows as COPY writes them, some at a time; the library's cursor between would cost more than the hashing."""
    statement = sql.SQL(_COPY).format(relation=sql.SQL(source.relation.decode()), condition=condition)
    pgconn = connection.pgconn
    connection.execute(b"SET enable_seqscan = off")  # a sort of whole rows would go through the disk
    result = pgconn.exec_(statement.as_bytes(connection))
    if result.status != ExecStatus.COPY_OUT:
        raise errors.error_from_result(result)
    read, chunk = pgconn.get_copy_data, list[Any]()
    add = chunk.append
    length, row = read(0)
    row = row[_HEAD:]
    while length >= 0:
        if len(row) > 2:  # the end is marked by a row of -1 fields
            add(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
            add = chunk.append
        length, row = read(0)
    yield chunk
    result = pgconn.get_result() or result
    if result.status != ExecStatus.COMMAND_OK:
        raise errors.error_from_result(result)
    while pgconn.get_result() is not None:
        pass
