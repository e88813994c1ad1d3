"""Signing in by Firebase Auth: tokens of our own making, by a key of our own, under the rules that Firebase publishes.
(Its emulator does not sign, so it could not show that a signature is looked at.)"""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey

from adapters.federation.configured import SECURE_TOKEN, Provider
from tests.api.house import Ground, House, open_house
from tests.api.people import refused, told, with_token
from tests.federation.lies import Lie, after, both, claims, header, signed
from tests.federation.stand_in import KEYS, StandIn
from tests.federation.visits import Away, leave

PROJECT = "a-project"
CURVE = ECKey.generate_key("P-256", {"kid": "one"}, private=True)


@pytest.fixture
async def house(ground: Ground, redis_url: str, stand_in: StandIn) -> AsyncIterator[House]:
    """A house that knows one project, whose keys the stand-in shows."""
    project = Provider(kind="firebase", client_id=PROJECT, keys_url=stand_in.issuer + KEYS)
    stand_in.claims = {"iss": f"{SECURE_TOKEN}/{PROJECT}", "aud": PROJECT, "nonce": ...}
    async with open_house(ground, redis_url, identity_providers={"firebase": project}) as made:
        yield made


async def hand_over(house: House, away: Away, token: str) -> httpx.Response:
    """Hand over what Firebase's own client was given."""
    body = {"state": away.state, "idToken": token}
    return await house.anonymous().post("/api/auth/callback", json=body, headers=away.cookie)


LIES: dict[str, Lie] = {
    "another project's issuer": claims(iss=f"{SECURE_TOKEN}/another-project"),
    "another project's audience": claims(aud="another-project"),
    "nobody": claims(sub=""),
    "a subject longer than Firebase's": claims(sub="x" * 129),
    "nobody who signed in": claims(auth_time=...),
    "signed in in the future": claims(auth_time=after(600)),
    "expired": claims(exp=after(-1)),
    "made before the sign-in began": claims(iat=after(-300)),
    "unsigned, as the emulator's are": header(alg="none", kid=...),
    "an unknown kid": header(kid="another"),
    "an algorithm that Firebase does not use": signed(CURVE, "ES256", dict(CURVE.as_dict(private=False))),
    "an algorithm and no kid": both(header(kid=...), signed(CURVE, "ES256", dict(CURVE.as_dict(private=False)))),
}


class TestFirebase:
    @pytest.mark.requirement("R329")
    async def test_signs_people_in_by_the_token_its_client_was_given(self, house: House, stand_in: StandIn) -> None:
        offered = told(await house.anonymous().get("/api/auth/providers"))
        assert offered == [{"name": "firebase", "label": "firebase", "by": "token"}]
        given: list[dict[str, Any]] = []
        for _ in range(2):
            away = await leave(house, "firebase")
            assert away.url is None
            given.append(told(await hand_over(house, away, stand_in.id_token())))
        assert [each["registered"] for each in given] == [True, False]
        shown = told(await with_token(house, given[1]).get("/api/users/me"))
        assert shown["id"] == given[0]["userId"]

    @pytest.mark.parametrize("name", LIES)
    async def test_token_that_lies_is_refused(self, house: House, stand_in: StandIn, name: str) -> None:
        LIES[name](stand_in)
        refused(await hand_over(house, await leave(house, "firebase"), stand_in.id_token()), 401, "identity-refused")

    async def test_token_is_taken_in_the_browser_that_began_and_once(self, house: House, stand_in: StandIn) -> None:
        away, token = await leave(house, "firebase"), stand_in.id_token()
        refused(await hand_over(house, away._replace(browser="another"), token), 401, "trip-refused")
        told(await hand_over(house, away, token))
        refused(await hand_over(house, away, token), 401, "trip-refused")

    async def test_account_without_an_address_of_its_own_does_not_begin(self, house: House, stand_in: StandIn) -> None:
        stand_in.claims |= {"email": ..., "email_verified": ...}
        refused(await hand_over(house, await leave(house, "firebase"), stand_in.id_token()), 403, "email-unverified")
