"""The house as fixtures: ``house`` whole, ``client`` and ``drain`` as shorthands."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from tests.api.house import Ground, House, open_house


@pytest.fixture
async def house(ground: Ground, redis_url: str) -> AsyncIterator[House]:
    """A whole house, in a tenant of its own."""
    async with open_house(ground, redis_url) as made:
        yield made


@pytest.fixture
def client(house: House) -> Callable[..., httpx.AsyncClient]:
    """``client(role, tenant=…, actor=…)``: an HTTP client in a role."""
    return house.client


@pytest.fixture
def drain(house: House) -> Callable[..., Awaitable[int]]:
    """``await drain(at=…)``: run all projectors and every effect due by then."""
    return house.drain
