"""Performs one effect: re-reads it, lets its process act, and writes down how it ended."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool
from structlog.contextvars import bound_contextvars

from adapters.jobs import effects
from adapters.jobs.effects import Stored
from adapters.postgres.tenancy import ACTOR, within
from application.kernel.context import Caller, Context, Outcome
from application.kernel.dispatch import Command, Dispatcher
from application.kernel.process import Effect, Process
from application.kernel.world import World, utc_now
from application.ports.event_store import VersionConflict
from domain.kernel.errors import Kind, Refused
from domain.kernel.ids import derived_id

SYSTEM = derived_id("actor", "system")
log = structlog.get_logger("effects")

MakeWorld = Callable[["SystemAct"], World]


class UnknownProcess(Exception):
    """The effect's process is not in this version of the program."""


class SystemAct:
    """Dispatches commands in the system's name, each once per effect."""

    def __init__(
        self, dispatcher: Dispatcher, stored: Stored, new_id: Callable[[], UUID], now: Callable[[], datetime]
    ) -> None:
        self._dispatcher = dispatcher
        self._stored = stored
        self._new_id = new_id
        self._now = now

    async def __call__(self, command: Command, *, tenant_id: UUID, key: UUID, label: str = "") -> Outcome:
        context = Context(
            caller=Caller(tenant_id, SYSTEM, frozenset({"system"})),
            command_id=derived_id("effect", key, type(command).__name__, label),
            now=self._now(),
            new_id=self._new_id,
            correlation_id=self._stored.correlation_id,
            causation_id=self._stored.effect.event_id,
            repeatable=True,
        )
        return await self._dispatcher.dispatch(command, context)


class Performer:
    """Performs effects by key. Performing one twice has the outcome of performing it once."""

    def __init__(
        self,
        pool: AsyncConnectionPool[Any],
        processes: Mapping[str, Process],
        dispatcher: Dispatcher,
        world: MakeWorld,
        new_id: Callable[[], UUID],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._pool = pool
        self._processes = processes
        self._dispatcher = dispatcher
        self._world = world
        self._new_id = new_id
        self._now = now

    async def perform(self, key: UUID) -> None:
        """Perform the effect; return when it is settled. Raises what may pass by itself (to be tried again)."""
        ACTOR.set(SYSTEM)
        async with self._effect(key) as connection:
            stored = await effects.read(connection, key)
        if stored is None or stored.state == "done":
            return
        with bound_contextvars(correlation_id=str(stored.correlation_id), effect=str(key)):
            await self._act(stored)

    async def perform_early(self, effect: Effect, correlation_id: UUID) -> None:
        """Perform an effect without waiting until it is sent; when it is, performing it again changes nothing."""
        stored = Stored(effect, correlation_id, "waiting")
        act = SystemAct(self._dispatcher, stored, self._new_id, self._now)
        await self._processes[effect.name].perform(effect, self._world(act))

    async def give_up(self, key: UUID, error: str) -> None:
        """Write down that the effect failed for good."""
        async with self._effect(key) as connection:
            await effects.settle(connection, key, "failed", error)

    async def _act(self, stored: Stored) -> None:
        try:
            process = self._processes.get(stored.effect.name)
            if process is None:
                raise UnknownProcess(stored.effect.name)
            act = SystemAct(self._dispatcher, stored, self._new_id, self._now)
            await process.perform(stored.effect, self._world(act))
        except Refused as refused:
            if refused.kind is Kind.UNAVAILABLE or isinstance(refused, VersionConflict):
                await self._note(stored, refused.code)
                raise
            await self._settle(stored, "failed", refused.code)
        except Exception as error:
            await self._note(stored, type(error).__name__)
            raise
        else:
            await self._settle(stored, "done", None)

    @asynccontextmanager
    async def _effect(self, key: UUID) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """Give a connection in the tenant the effect of a key belongs to."""
        async with self._pool.connection() as connection:
            tenant_id = await effects.tenant_of(connection, key)
        async with within(self._pool, tenant_id) as connection:
            yield connection

    async def _settle(self, stored: Stored, state: str, error: str | None) -> None:
        async with within(self._pool, stored.effect.tenant_id) as connection:
            await effects.settle(connection, stored.effect.key, state, error)
        log.info("effects.effect.settled", name=stored.effect.name, state=state, error=error)

    async def _note(self, stored: Stored, error: str) -> None:
        async with within(self._pool, stored.effect.tenant_id) as connection:
            await effects.note(connection, stored.effect.key, error)
        log.warning("effects.effect.postponed", name=stored.effect.name, error=error)
