"""A whole house for one test: the real application over real servers, with projectors and effects run on demand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import psycopg
from fastapi import FastAPI
from uuid_utils.compat import uuid7

from adapters.bootstrap import Services, index_keys, open_runner, open_services
from adapters.jobs import effects
from adapters.logins import Role, url_for
from adapters.settings import Settings
from api.app import create_app
from api.security import make_token
from application.kernel.context import Caller

#: Everybody in a test asks from one address, and quickly. What limits do is tested with the real ones.
TIMES = 10_000
ADDRESS = "127.0.0.1"


class House:
    """``client`` speaks to it in a role; ``drain`` lets everything happen that follows from what was asked."""

    def __init__(self, app: FastAPI, services: Services, database_url: str) -> None:
        self.app = app
        self.services = services
        self.database_url = database_url
        self.tenant = uuid7()
        self.clients: list[httpx.AsyncClient] = []

    def client(
        self, *roles: str, tenant: UUID | None = None, actor: UUID | None = None, address: str = ADDRESS
    ) -> httpx.AsyncClient:
        """Return a client with a token for ``roles`` in ``tenant`` (the house's own unless given)."""
        caller = Caller(tenant or self.tenant, actor or uuid7(), frozenset(roles))
        token = make_token(self.services.identity.ring, caller)
        made = self.anonymous(address)
        made.headers["Authorization"] = f"Bearer {token}"
        return made

    def anonymous(self, address: str = ADDRESS) -> httpx.AsyncClient:
        """Return a client without a token."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 50_000))
        self.clients.append(httpx.AsyncClient(transport=transport, base_url="http://caretrail.test"))
        return self.clients[-1]

    def project(self) -> None:
        """Bring every read model, and the table of effects, up to date."""
        settings = self.services.settings
        with open_runner(url_for(settings, Role.PROJECTOR), keys=index_keys(settings)) as runner:
            runner.drain()

    async def drain(self, at: datetime | None = None) -> int:
        """Project, perform every effect due ``at`` that moment (default: now), until nothing follows; count effects."""
        performer, done = self.services.performer(), 0
        while True:
            await asyncio.to_thread(self.project)
            url = url_for(self.services.settings, Role.PROJECTOR)
            with psycopg.connect(url, autocommit=True) as connection:
                due = effects.take_due(connection, at or datetime.now(UTC), 1000)
            if not due:
                return done
            for sent in due:
                await performer.perform(sent.key)
            done += len(due)


class Ground(NamedTuple):
    """What the houses of one test module share: a prepared database, a state directory, the application's routes."""

    database_url: str
    state: Path
    app: FastAPI


def prepare_ground(database_url: str, state: Path) -> Ground:
    """Build the application once: that takes longer than anything else in a house."""
    return Ground(database_url, state, create_app(Settings(state=state, database_url=database_url)))


@asynccontextmanager
async def open_house(ground: Ground, redis_url: str, **more: Any) -> AsyncIterator[House]:
    """Open a house, in a tenant of its own, with ``more`` settings."""
    given = {"rate_limit_times": TIMES} | more
    settings = Settings(state=ground.state, database_url=ground.database_url, redis_url=redis_url, **given)
    services = ground.app.state.services = await open_services(settings, 8)
    house = House(ground.app, services, ground.database_url)
    try:
        yield house
    finally:
        for client in house.clients:
            await client.aclose()
        await services.close()
