"""The house as fixtures: ``house`` whole, ``client`` and ``drain`` as shorthands."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from tests.api.house import House, open_house


@pytest.fixture
async def house(prepared_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A whole house on a fresh database."""
    async with open_house(prepared_url, redis_url, tmp_path) as made:
        yield made


@pytest.fixture
def client(house: House) -> Callable[..., httpx.AsyncClient]:
    """``client(role, tenant=…, actor=…)``: an HTTP client in a role."""
    return house.client


@pytest.fixture
def drain(house: House) -> Callable[..., Awaitable[int]]:
    """``await drain(at=…)``: run all projectors and every effect due by then."""
    return house.drain
