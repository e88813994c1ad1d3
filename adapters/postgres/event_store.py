"""The event store as commands use it: asynchronous, batched, every refusal by its own name."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from adapters.codec.codec import Codec
from adapters.codec.mapper import EventMapper, StreamEvent, owner
from adapters.postgres.batch import Verdict, Written
from adapters.postgres.batcher import Batcher
from adapters.postgres.key_store import KeyStore
from adapters.postgres.lanes import Lanes
from application.kernel.context import Context, Outcome
from application.ports.event_store import (
    CommandKeyReused,
    CommandRepeated,
    Commit,
    KeyTaken,
    StoreUnavailable,
    VersionConflict,
)
from domain.kernel.aggregate import Aggregate
from domain.kernel.unique import UniqueKey

A = TypeVar("A", bound=Aggregate)
R = TypeVar("R")
Told = Callable[[Commit, int], Awaitable[None]]

_LOAD = b"""SELECT type, schema_version, data::text FROM event_store.events
    WHERE stream_id = %s AND tenant_id = %s ORDER BY version"""
_OUTCOME = b"""SELECT outcome::text, last_position, request_hash FROM event_store.commands
    WHERE command_id = %s AND tenant_id = %s"""
_REMEMBER = b"SELECT event_store.remember(%s, %s, %s, %s, %s)"
_HOLDERS = b"""SELECT u.scope, u.key, u.stream_id FROM event_store.unique_keys u
    JOIN unnest(%s::text[], %s::text[]) AS w(scope, key) ON (u.scope, u.key) = (w.scope, w.key)
    WHERE u.tenant_id = %s"""
_EXISTING = b"SELECT stream_id FROM event_store.events WHERE stream_id = ANY(%s) AND tenant_id = %s AND version = 1"
_encode = msgspec.json.Encoder().encode


class PostgresEventStore:
    """EventStore over PostgreSQL. ``appended`` is called with the last position after a commit (the wake-up);
    ``told`` is given the commit too, and awaited before whoever asked for it hears of it."""

    def __init__(
        self,
        lanes: Lanes,
        key_pool: AsyncConnectionPool[Any],
        batcher: Batcher,
        codec: Codec,
        keys: KeyStore,
        appended: Callable[[int], None] = lambda _: None,
        told: Told | None = None,
    ) -> None:
        self._lanes = lanes
        self._key_pool = key_pool
        self._batcher = batcher
        self._codec = codec
        self._keys = keys
        self._mapper = EventMapper(codec, keys.vault)
        self._appended = appended
        self._told = told

    async def load(self, aggregate: type[A], tenant_id: UUID, id_: UUID) -> A:
        """Return the aggregate; version 0 when the tenant has no such stream, or it is of another kind."""
        rows = await self._query(tenant_id, _LOAD, (aggregate.stream_of(tenant_id, id_), tenant_id))
        decode = self._codec.decode
        events = [decode(topic, version, data) for topic, version, data in rows]
        if events and type(events[0]) not in aggregate.EVOLVE:
            return aggregate(id_)
        return aggregate(id_).replay(events)

    async def append(self, commit: Commit) -> int:
        """Append all of a commit or nothing; see the port. Raises PersonErased too."""
        verdict = await self._batcher.submit(await self._written(commit))
        if verdict.last_position is None:
            raise refusal(verdict)
        self._appended(verdict.last_position)
        if self._told is not None:
            await self._told(commit, verdict.last_position)
        return verdict.last_position

    async def outcome(self, context: Context) -> Outcome | None:
        """Return the recorded outcome of the command."""
        rows = await self._query(context.tenant_id, _OUTCOME, (context.command_id, context.tenant_id))
        if not rows:
            return None
        text, position, request_hash = rows[0]
        if bytes(request_hash) != context.request_hash:
            raise CommandKeyReused("This Idempotency-Key was used before with a different request.")
        first = msgspec.json.decode(text, type=Outcome)
        return Outcome(first.id, first.version, position, first.answer, repeated=True)

    async def remember(self, context: Context, outcome: Outcome) -> None:
        """Keep the outcome of a command that appended nothing."""
        facts = (context.tenant_id, context.command_id, context.caller.actor_id, context.request_hash)
        await self._query(context.tenant_id, _REMEMBER, (*facts, _encode(outcome).decode()))

    async def holders(self, tenant_id: UUID, keys: Sequence[UniqueKey]) -> dict[UniqueKey, UUID]:
        """Return who holds each key."""
        rows = await self._query(tenant_id, _HOLDERS, ([k.scope for k in keys], [k.key for k in keys], tenant_id))
        return {UniqueKey(scope, key): stream for scope, key, stream in rows}

    async def existing(self, tenant_id: UUID, stream_ids: Sequence[UUID]) -> set[UUID]:
        """Return those of ``stream_ids`` that have events."""
        rows = await self._query(tenant_id, _EXISTING, (list(stream_ids), tenant_id))
        return {row[0] for row in rows}

    async def _written(self, commit: Commit) -> Written:
        context = commit.context
        tenant_id = context.tenant_id
        owners = [
            owner(tenant_id, event, personal=bool(self._codec.sealed(event.TOPIC)))
            for stream in commit.streams
            for event in stream.events
        ]
        await unavailable(self._keys.obtain(self._key_pool, owners))
        meta = metadata(context)
        seal = self._mapper.to_stored_event
        rows = [
            seal(StreamEvent(stream.stream_id, stream.version + n, tenant_id, event, meta))
            for stream in commit.streams
            for n, event in enumerate(stream.events, 1)
        ]
        return Written(
            tenant_id,
            context.command_id,
            context.caller.actor_id,
            context.request_hash,
            _encode(commit.outcome).decode(),
            rows,
            commit.take,
            commit.release,
        )

    async def _query(self, tenant_id: UUID, statement: bytes, parameters: tuple[object, ...]) -> list[Any]:
        return (await unavailable(self._lanes.ask(statement, parameters, tenant_id))).rows


def folded(codec: Codec, aggregate: A, rows: Sequence[tuple[str, int, str]]) -> A:
    """Return the aggregate with rows (topic, schema version, clear data) decoded and replayed."""
    reader = codec.reader
    return aggregate.replay([reader(topic, version)(data) for topic, version, data in rows])


async def unavailable(work: Awaitable[R]) -> R:
    """Await ``work``; a connection that is lost or cannot be had becomes StoreUnavailable."""
    try:
        return await work
    except (psycopg.OperationalError, PoolTimeout, OSError) as error:
        raise StoreUnavailable("The event store cannot be reached now.") from error


class Metadata(msgspec.Struct, omit_defaults=True):
    """What every event remembers of its command; absent facts are left out, and a request id that says nothing new."""

    actor: UUID
    correlation_id: UUID
    command_id: UUID
    on_behalf_of: UUID | None = None
    purpose: str | None = None
    causation_id: UUID | None = None
    request_id: UUID | None = None


def metadata(context: Context) -> str:
    """Return the metadata of a command's events, as JSON."""
    caller = context.caller
    facts = Metadata(
        caller.actor_id,
        context.correlation_id,
        context.command_id,
        caller.on_behalf_of,
        caller.purpose,
        context.causation_id,
        None if context.request_id == context.correlation_id else context.request_id,
    )
    return _encode(facts).decode()


def refusal(verdict: Verdict) -> Exception:
    """Return the error a refused command raises."""
    match verdict.outcome:
        case "command":
            return CommandRepeated("This command has been recorded already.")
        case "key":
            scope, _, key = (verdict.detail or "").partition(" ")
            return KeyTaken("Another one holds this already.", scope=scope, key=key)
        case _:
            return VersionConflict("Someone else was faster: read again and decide anew.", id=verdict.detail)
