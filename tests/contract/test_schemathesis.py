"""Whatever is asked, in whichever role, is answered as the OpenAPI document says, and never by a failure of ours."""

import asyncio

import pytest

from tests.api.house import Ground, House, open_house
from tests.api.test_every_look import settle
from tests.contract.fuzz import Fuzz


async def fuzzed(house: House, each: int, chance: int) -> Fuzz:
    """Return what came of asking every operation so often."""
    known = await settle(house)
    fuzz = Fuzz(house, asyncio.get_running_loop(), known, chance)
    await asyncio.to_thread(fuzz.run, each)
    return fuzz


@pytest.mark.requirement("R523")
class TestEveryOperation:
    async def test_keeps_what_the_document_says(self, ground: Ground, redis_url: str) -> None:
        async with open_house(ground, redis_url, wait_for_seconds=0.01) as house:
            fuzz = await fuzzed(house, 2, chance=20261121)
        assert dict(fuzz.found) == {}
        assert fuzz.asked.total() > 300
        assert {200, 401, 403, 404, 422} <= fuzz.asked.keys()

    @pytest.mark.long
    @pytest.mark.parametrize("chance", range(5))
    async def test_keeps_it_in_any_amount(self, ground: Ground, redis_url: str, chance: int) -> None:
        async with open_house(ground, redis_url, wait_for_seconds=0.01) as house:
            fuzz = await fuzzed(house, 24, chance)
        assert fuzz.asked.total() > 4000
        assert dict(fuzz.found) == {}
