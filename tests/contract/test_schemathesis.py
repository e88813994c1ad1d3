"""Whatever is asked, by whomever, is answered as the OpenAPI document says, and never by a failure of ours."""

import asyncio
import itertools
import sys
from collections.abc import Callable

import httpx
import pytest

from api.openapi import operations
from tests.api.house import Ground, House, open_house
from tests.api.test_every_look import settle
from tests.contract.fuzz import Clients, Fuzz, askers, clients

#: So many requests in all does the long form send, each asker their share.
LONG = 20_000
SHARE = -(-LONG // len(askers()))
EACH = 4


async def fuzzed(
    house: House, asker: Clients, each: int, chance: int, told: Callable[[int], None] | None = None
) -> Fuzz:
    """Return what came of asking every operation so often, ``told`` as it goes on."""
    fuzz = Fuzz(house, asyncio.get_running_loop(), await settle(house), asker, chance)
    await asyncio.to_thread(fuzz.run, each, told, brief=told is None)
    return fuzz


def in_turn(house: House) -> Clients:
    """Let another one ask each time, and between them one who may do most things."""
    most = clients(house, "clinic_admin")
    turns = itertools.cycle([each for asker in askers() for each in (clients(house, asker), most)])

    async def give() -> httpx.AsyncClient:
        return await next(turns)()

    return give


@pytest.mark.requirement("R523", "R460")
class TestEveryOperation:
    async def test_keeps_what_the_document_says(self, ground: Ground, redis_url: str) -> None:
        async with open_house(ground, redis_url) as house:
            fuzz = await fuzzed(house, in_turn(house), 1, chance=20261121)
        assert dict(fuzz.found) == {}
        assert fuzz.asked.total() > 200
        assert {200, 401, 403, 404, 422} <= fuzz.asked.keys()

    @pytest.mark.long
    @pytest.mark.parametrize("asker", askers())
    async def test_keeps_it_whoever_asks(
        self, ground: Ground, redis_url: str, asker: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """All askers together send the twenty thousand."""

        def told(asked: int, more: str = "") -> None:
            with capsys.disabled():
                sys.stdout.write(f"\r{asker}: {asked} of {most} requests{more}")
                sys.stdout.flush()

        async with open_house(ground, redis_url) as house:
            most = EACH * len(list(operations(house.app, house.app.openapi())))
            fuzz = await fuzzed(house, clients(house, asker), EACH, askers().index(asker), told)
        told(fuzz.asked.total(), f", answered {dict(sorted(fuzz.asked.items()))} ")
        assert dict(fuzz.found) == {}
        assert fuzz.asked.total() >= SHARE
