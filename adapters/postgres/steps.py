"""One way through several statements for both worlds: a generator says what to run, a driver runs it."""

import asyncio
from collections.abc import Callable, Generator
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool

from adapters.postgres.tenancy import rows

Statement = tuple[bytes, dict[str, Any]]
Step = Generator[Statement | Callable[[], Any], Any, Any]
"""Yields a statement with its parameters and is sent its rows, or a function that may block and is sent its result."""


async def drive(pool: AsyncConnectionPool[Any], steps: Step, tenant_id: UUID | None = None) -> Any:
    """Run the steps, each statement in a transaction of its own in the tenant; return what they return."""
    try:
        wish = next(steps)
        while True:
            if callable(wish):
                wish = steps.send(await asyncio.to_thread(wish))
                continue
            wish = steps.send(await rows(pool, tenant_id, *wish, prepare=True))
    except StopIteration as end:
        return end.value


def drive_now(connection: psycopg.Connection[Any], steps: Step) -> Any:
    """As :func:`drive`, on one synchronous connection."""
    try:
        wish = next(steps)
        while True:
            wish = steps.send(wish() if callable(wish) else connection.execute(*wish, prepare=True).fetchall())
    except StopIteration as end:
        return end.value
