"""Staying signed in: tokens are remembered while their session lives, and renewed while that may be."""

import pytest
from prometheus_client import REGISTRY

from adapters.identity.access_tokens import signed
from tests.api.house import House
from tests.api.people import refused, signed_in, signed_up, told, with_token

ME = "/api/users/me"


class TestRefresh:
    @pytest.mark.requirement("R527")
    async def test_is_what_an_expired_token_needs_and_an_expired_session_needs_another_log_in(
        self, house: House
    ) -> None:
        person, identity = await signed_up(house), house.services.identity
        expired = signed(identity.ring, identity.tokens.read(person.tokens["accessToken"]), -1)
        refused(await with_token(house, {"accessToken": expired}).get(ME), 401, "not-authenticated")
        renewing = {"refreshToken": person.tokens["refreshToken"]}
        renewed = told(await house.anonymous().post("/api/auth/refresh", json=renewing))
        assert (await with_token(house, renewed).get(ME)).status_code == 200
        async with house.services.pool.connection() as connection:  # seven days go by
            await connection.execute(
                "UPDATE identity.refresh_tokens SET expires_at = now() - interval '1 second' WHERE session_id = %s",
                (person.session,),
            )
        renewing = {"refreshToken": renewed["refreshToken"]}
        refused(await house.anonymous().post("/api/auth/refresh", json=renewing), 401, "refresh-refused")
        again = await signed_in(house, person)
        assert (await again.client.get(ME)).status_code == 200


class TestSession:
    @pytest.mark.requirement("R021")
    async def test_is_verified_once_and_remembered_until_it_ends(self, house: House) -> None:
        person, before = await signed_up(house), verified()
        for _ in range(5):
            assert (await person.client.get(ME)).status_code == 200
        assert verified() - before == 1
        told(await person.client.post("/api/auth/logout"))
        await house.services.identity.withdrawals.look()
        refused(await person.client.get(ME), 401, "not-authenticated")


def verified() -> float:
    """Return how many tokens this process verified the signature of."""
    return REGISTRY.get_sample_value("caretrail_token_verify_seconds_count") or 0.0
