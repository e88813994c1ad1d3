"""A whole house per test, as the API's tests have it."""

from collections.abc import AsyncIterator

import pytest

from tests.api.house import Ground, House, open_house


@pytest.fixture
async def house(ground: Ground, redis_url: str) -> AsyncIterator[House]:
    """A whole house, in a tenant of its own."""
    async with open_house(ground, redis_url) as made:
        yield made
