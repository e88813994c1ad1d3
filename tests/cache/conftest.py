"""A house with a cache that is believed."""

from collections.abc import AsyncIterator

import pytest

from tests.api.house import Ground, House
from tests.cache.ground import open_told


@pytest.fixture
async def told(ground: Ground, redis_url: str) -> AsyncIterator[House]:
    """A house whose projector tells of changes."""
    async with open_told(ground, redis_url) as house:
        yield house
