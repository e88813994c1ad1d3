"""The one way past row-level security: every transaction says for which tenant it acts, and for whom, or finds nothing.

A house test lists by hand who opens connections otherwise.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

import psycopg
from psycopg.abc import Params
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool

#: On whose behalf this task works; the database is told with every question, and no answer depends on it.
ACTOR: ContextVar[UUID | None] = ContextVar("actor", default=None)

ENTER = b"SELECT set_config('app.tenant', $1, true), set_config('app.actor', $2, true)"
"""For the rest of the transaction, and no longer; with libpq's placeholders."""
_ENTER = b"SELECT set_config('app.tenant', %s, true), set_config('app.actor', %s, true)"
#: What was set for the session against all rules ends with the connection's return.
_RESET = b"RESET ALL"


def named(tenant_id: UUID) -> tuple[str, str]:
    """Return the values of :data:`ENTER`: the tenant, and whoever acts now."""
    actor = ACTOR.get()
    return str(tenant_id), "" if actor is None else str(actor)


def pool(url: str, least: int, most: int) -> AsyncConnectionPool[Any]:
    """Return a pool, not yet open. What a connection was told is forgotten when it comes back."""
    return AsyncConnectionPool(
        url, min_size=least, max_size=most, open=False, timeout=5.0, kwargs={"autocommit": True}, reset=_forget
    )


@asynccontextmanager
async def within(pool: AsyncConnectionPool[Any], tenant_id: UUID | None) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """Give a connection for one transaction in a tenant; without one it finds no tenant's rows.

    A pipeline is a transaction from its begin to its end: naming the tenant costs no round trip.
    """
    async with pool.connection() as connection, _entered(connection, tenant_id):
        yield connection


async def rows(
    pool: AsyncConnectionPool[Any],
    tenant_id: UUID | None,
    statement: bytes,
    parameters: Params | None = None,
    *,
    prepare: bool | None = None,
    binary: bool = False,
) -> list[Any]:
    """Return what one statement answers in a tenant, in one round trip. Raises psycopg.Error, PoolTimeout."""
    async with pool.connection() as connection:
        async with _entered(connection, tenant_id):
            cursor = await connection.execute(statement, parameters, prepare=prepare, binary=binary)
        found: list[Any] = await cursor.fetchall()
        return found


def enter(connection: psycopg.Connection[Any], tenant_id: UUID) -> None:
    """Act in a tenant for the rest of the open transaction."""
    connection.execute(_ENTER, named(tenant_id))


def every_tenant(url: str) -> str:
    """Return the URL for connections that mean all tenants. It counts for logins of auditors and of keys alone."""
    options = conninfo_to_dict(url).get("options") or ""
    return make_conninfo(url, options=f"{options} -c app.every_tenant=on".strip())


@asynccontextmanager
async def _entered(connection: psycopg.AsyncConnection[Any], tenant_id: UUID | None) -> AsyncIterator[None]:
    if tenant_id is None:
        yield
        return
    async with connection.pipeline():
        await connection.execute(_ENTER, named(tenant_id))
        yield


async def _forget(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.execute(_RESET)
