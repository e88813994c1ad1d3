"""One world for all that is asked of it: two clinics with one of everything."""

from collections.abc import AsyncIterator

import pytest_asyncio

from adapters.embedded.servers import Servers
from tests.api.house import Ground, open_house
from tests.policy.walk import Walk
from tests.policy.world import World, begin


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(ground: Ground, servers: Servers) -> AsyncIterator[World]:
    """Two clinics, and whoever is in them."""
    async with open_house(ground, servers.redis_url) as house:
        yield await begin(house)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walk(world: World) -> Walk:
    """Asks in the names of the world's people."""
    return Walk(world)
