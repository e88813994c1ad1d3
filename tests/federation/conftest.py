"""A provider of our own, and a house that knows it."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from pydantic import SecretStr

from adapters.embedded.servers import Servers
from adapters.federation.configured import Provider
from adapters.federation.courier import Courier
from adapters.federation.oidc import OpenIdConnect
from tests.api.house import Ground, House, open_house
from tests.federation.stand_in import CLIENT, SECRET, StandIn, standing_in

#: An honest provider is waited for so long, however busy the machine.
PATIENT_SECONDS = 10.0


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """A provider that is honest unless told otherwise."""
    with standing_in() as provider:
        yield provider


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_house(ground: Ground, servers: Servers) -> AsyncIterator[House]:
    """A house for many tests of a module, which give it the provider it shall know."""
    async with open_house(ground, servers.redis_url) as made:
        yield made


@pytest.fixture
async def house(ground: Ground, redis_url: str, stand_in: StandIn) -> AsyncIterator[House]:
    """A house where one can sign in by ``here`` (the stand-in)."""
    here = Provider(label="Here", issuer=stand_in.issuer, client_id=CLIENT, client_secret=SecretStr(SECRET))
    async with open_house(ground, redis_url, identity_providers={"here": here}) as made:
        yield made


def meeting(house: House, stand_in: StandIn, seconds: float) -> House:
    """Let the house know the provider, and wait so long for its answers."""
    here = Provider(issuer=stand_in.issuer, client_id=CLIENT, client_secret=SecretStr(SECRET))
    house.services.identity.providers["here"] = OpenIdConnect("here", here, Courier(seconds))
    return house
