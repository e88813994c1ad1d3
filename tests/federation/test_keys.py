"""A provider's keys: new ones are found when they are needed, old ones forgotten, and nobody is asked too often."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from joserfc.jwk import RSAKey

from adapters.federation.courier import Courier
from adapters.federation.key_sets import KeySets, Patience
from application.ports.identity_provider import IdentityRefused, ProviderUnavailable
from tests.federation.stand_in import KEYS, StandIn, as_json

NEW = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"}, private=True)


@pytest.fixture
async def courier() -> AsyncIterator[Courier]:
    """A way to the stand-in."""
    made = Courier(1.0)
    yield made
    await made.close()


def key_sets(courier: Courier, stand_in: StandIn, **patience: float) -> KeySets:
    """Return the stand-in's keys, with as much patience."""

    async def address() -> str:
        return stand_in.issuer + KEYS

    return KeySets(courier, address, Patience(**patience))


class TestKeys:
    async def test_are_asked_for_once_for_many_tokens_also_at_the_same_moment(
        self, courier: Courier, stand_in: StandIn
    ) -> None:
        known = key_sets(courier, stand_in)
        await asyncio.gather(*(known.key("one", "RS256") for _ in range(8)))
        assert stand_in.asked == [KEYS]

    async def test_that_are_new_are_found_when_a_token_names_one(self, courier: Courier, stand_in: StandIn) -> None:
        known = key_sets(courier, stand_in, strange=0)
        await known.key("one", "RS256")
        stand_in.keys.append(dict(NEW.as_dict(private=False)))
        assert (await known.key("two", "RS256")).as_dict()["n"] == NEW.as_dict()["n"]
        assert stand_in.asked == [KEYS] * 2

    async def test_that_nobody_knows_do_not_make_us_ask_again_and_again(
        self, courier: Courier, stand_in: StandIn
    ) -> None:
        known = key_sets(courier, stand_in)
        await known.key("one", "RS256")
        for number in range(20):
            with pytest.raises(IdentityRefused):
                await known.key(f"unknown {number}", "RS256")
        assert stand_in.asked == [KEYS]

    async def test_that_were_withdrawn_are_not_believed_for_ever(self, courier: Courier, stand_in: StandIn) -> None:
        known = key_sets(courier, stand_in, believed=0.2, failed=0)
        await known.key("one", "RS256")
        stand_in.keys = [dict(NEW.as_dict(private=False))]
        await asyncio.sleep(0.25)
        with pytest.raises(IdentityRefused):
            await known.key("one", "RS256")

    async def test_that_cannot_be_read_are_not_asked_for_by_everyone_who_waits(
        self, courier: Courier, stand_in: StandIn
    ) -> None:
        known = key_sets(courier, stand_in)
        stand_in.answers[KEYS] = lambda: as_json({}, 500)
        asked = await asyncio.gather(*(known.key("one", "RS256") for _ in range(8)), return_exceptions=True)
        assert {type(each) for each in asked} == {ProviderUnavailable}
        assert stand_in.asked == [KEYS]
