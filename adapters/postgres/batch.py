"""Commands as the one SQL door takes them: rows of a whole batch in PostgreSQL's binary format, which costs both sides
a fraction of what JSON does."""

import struct
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.pq.abc import PGresult

from adapters.codec.mapper import StoredRow
from domain.kernel.unique import UniqueKey

CALL = b"SELECT n, outcome, detail, last_position FROM event_store.append($1, $2, $3, $4)"
"""The door, with libpq's placeholders."""
APPEND = b"""SELECT n, outcome, detail, last_position FROM event_store.append(
    %s::event_store.new_command[], %s::event_store.key_change[], %s::event_store.key_change[],
    %s::event_store.new_event[])"""
"""The same with psycopg's."""

Held = tuple[UniqueKey, UUID]


class Written(NamedTuple):
    """One command, encoded. ``command_id`` is None where no command stands behind an append (the library's way)."""

    tenant_id: UUID
    command_id: UUID | None
    principal: UUID | None
    request_hash: bytes
    outcome: str
    rows: Sequence[StoredRow]
    take: Sequence[Held]
    release: Sequence[Held]


class Verdict(NamedTuple):
    """What became of one command of a batch; see the SQL function for ``outcome``."""

    outcome: str
    detail: str | None
    last_position: int | None


class RowArray(bytes):
    """An array of rows of one of our composite types, in PostgreSQL's binary format."""


class RowArrayDumper(Dumper):
    """Hands a RowArray over as it is; its type is the one the statement casts it to."""

    format = Format.BINARY

    def dump(self, obj: Any) -> bytes:
        """Return the bytes."""
        return bytes(obj)


psycopg.adapters.register_dumper(RowArray, RowArrayDumper)

_BYTEA, _SMALLINT, _INTEGER, _TEXT, _JSON, _UUID = 17, 21, 23, 25, 114, 2950
_COMMAND = struct.Struct(">i iii iii iii ii16s".replace(" ", ""))
_KEY = struct.Struct(">i iii ii16s ii16s".replace(" ", ""))
_EVENT = struct.Struct(">i iii iii ii16s ii16s iii iii iih".replace(" ", ""))
_head = struct.Struct(">ii").pack
_length = struct.Struct(">i").pack
_array = struct.Struct(">iiIii").pack
_UUID_HEAD, _NO_UUID, _NO_BYTES = _head(_UUID, 16), _head(_UUID, -1), _head(_BYTEA, -1)


def _uuid(value: UUID | None) -> bytes:
    return _NO_UUID if value is None else _UUID_HEAD + value.bytes


def _bytes(value: bytes | None) -> bytes:
    return _NO_BYTES if value is None else _head(_BYTEA, len(value)) + value


def _text(value: str, oid: int = _TEXT) -> bytes:
    encoded = value.encode()
    return _head(oid, len(encoded)) + encoded


def _rows(rows: list[bytes]) -> RowArray:
    """Each row follows its length, and all follow the array's header: one dimension, no NULLs, elements of the type
    that is expected, so many of them, counted from 1."""
    parts = [_array(1, 0, 0, len(rows), 1)]
    for row in rows:
        parts += (_length(len(row)), row)
    return RowArray(b"".join(parts))


def _command(n: int, first: int, last: int, command: Written) -> bytes:
    return b"".join((
        _COMMAND.pack(8, _INTEGER, 4, n, _INTEGER, 4, first, _INTEGER, 4, last, _UUID, 16, command.tenant_id.bytes),
        _uuid(command.command_id),
        _uuid(command.principal),
        _bytes(command.request_hash),
        _text(command.outcome, _JSON),
    ))  # fmt: skip


def _keys(n: int, tenant_id: UUID, keys: Sequence[Held], into: list[bytes]) -> None:
    for (scope, key), stream in dict(keys).items() if len(keys) > 1 else keys:
        fixed = _KEY.pack(5, _INTEGER, 4, n, _UUID, 16, tenant_id.bytes, _UUID, 16, stream.bytes)
        into.append(fixed + _text(scope) + _text(key))


def _event(n: int, i: int, follows: int, row: StoredRow) -> bytes:
    stream, state, meta = row.originator_id, row.state, row.meta.encode()
    assert isinstance(stream, UUID)
    return b"".join((
        _EVENT.pack(
            13, _INTEGER, 4, n, _INTEGER, 4, i, _UUID, 16, row.tenant_id.bytes, _UUID, 16, stream.bytes,
            _INTEGER, 4, row.originator_version, _INTEGER, 4, follows, _SMALLINT, 2, row.schema_version,
        ),
        _text(row.topic),
        _head(_JSON, len(state)), state,
        _head(_JSON, len(meta)), meta,
        _bytes(row.sealed),
        _uuid(row.key_id),
        _uuid(row.subject_id),
    ))  # fmt: skip


def documents(batch: Sequence[Written]) -> tuple[RowArray, RowArray | None, RowArray | None, RowArray]:
    """Return (commands, takes, releases, events) for :data:`APPEND`; commands are numbered from 1."""
    commands: list[bytes] = []
    takes: list[bytes] = []
    releases: list[bytes] = []
    events: list[bytes] = []
    for n, command in enumerate(batch, 1):
        first = len(events) + 1
        last_of: dict[object, int] = {}
        for row in command.rows:
            stream, before = row.originator_id, row.originator_version - 1
            follows = before if before > 0 and last_of.get(stream) != before else 0
            last_of[stream] = before + 1
            events.append(_event(n, len(events) + 1, follows, row))
        commands.append(_command(n, first, len(events), command))
        if command.take:
            _keys(n, command.tenant_id, command.take, takes)
        if command.release:
            _keys(n, command.tenant_id, command.release, releases)
    return _rows(commands), _rows(takes) if takes else None, _rows(releases) if releases else None, _rows(events)


def entries(rows: Sequence[StoredRow]) -> RowArray:
    """Return the rows of a group as the access log takes them, numbered from 1."""
    return _rows([_event(n, n, 0, row) for n, row in enumerate(rows, 1)])


def verdicts(result: PGresult, count: int) -> list[Verdict]:
    """Return what :data:`CALL` answered (in binary), in the order of the batch."""
    found: list[Verdict] = [_LOST] * count
    value, number = result.get_value, int.from_bytes
    for row in range(result.ntuples):
        detail, last = value(row, 2), value(row, 3)
        found[number(value(row, 0) or b"") - 1] = Verdict(
            (value(row, 1) or b"").decode(),
            None if detail is None else detail.decode(),
            None if last is None else number(last),
        )
    return found


_LOST = Verdict("again", None, None)
