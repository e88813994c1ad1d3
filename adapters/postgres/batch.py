"""Commands as the one SQL door takes them: four JSON documents for a whole batch."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

from adapters.codec.mapper import StoredRow
from domain.kernel.unique import UniqueKey

APPEND = b"SELECT n, outcome, detail, last_position FROM event_store.append(%s::json, %s::json, %s::json, %s::json)"
_text = msgspec.json.Encoder().encode

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


def _uuid(value: UUID | None) -> str:
    return "null" if value is None else f'"{value}"'


def _keys(n: int, tenant_id: UUID, keys: Sequence[Held], into: list[str]) -> None:
    for (scope, key), stream in dict(keys).items():
        named = f'"scope":{_text(scope).decode()},"key":{_text(key).decode()}'
        into.append(f'{{"n":{n},"tenant":"{tenant_id}",{named},"stream":"{stream}"}}')


def documents(batch: Sequence[Written]) -> tuple[str, str | None, str | None, str]:
    """Return (commands, takes, releases, events) for :data:`APPEND`; commands are numbered from 1."""
    commands: list[str] = []
    takes: list[str] = []
    releases: list[str] = []
    events: list[str] = []
    for n, command in enumerate(batch, 1):
        first = len(events) + 1
        last_of: dict[UUID | str, int] = {}
        for row in command.rows:
            stream, version = row.originator_id, row.originator_version
            follows = version - 1 if version > 1 and last_of.get(stream) != version - 1 else "null"
            last_of[stream] = version
            sealed = "null" if row.sealed is None else f'"\\\\x{row.sealed.hex()}"'
            events.append(
                f'{{"n":{n},"i":{len(events) + 1},"tenant":"{row.tenant_id}","stream":"{stream}","version":{version},'
                f'"follows":{follows},"type":{_text(row.topic).decode()},"schema":{row.schema_version},'
                f'"data":{row.state.decode()},"sealed":{sealed},"key":{_uuid(row.key_id)},'
                f'"subject":{_uuid(row.subject_id)},"meta":{row.meta}}}'
            )
        commands.append(
            f'{{"n":{n},"id":{_uuid(command.command_id)},"tenant":"{command.tenant_id}",'
            f'"principal":{_uuid(command.principal)},"hash":"\\\\x{command.request_hash.hex()}",'
            f'"outcome":{command.outcome},"first":{first},"last":{len(events)}}}'
        )
        _keys(n, command.tenant_id, command.take, takes)
        _keys(n, command.tenant_id, command.release, releases)
    return _array(commands) or "[]", _array(takes), _array(releases), _array(events) or "[]"


def _array(items: list[str]) -> str | None:
    return f"[{','.join(items)}]" if items else None
