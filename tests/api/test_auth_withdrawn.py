"""What is withdrawn stops within five seconds, in every process; one that cannot know believes nobody."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from uuid_utils.compat import uuid7

from adapters.identity.ring import KeyRing
from adapters.identity.withdrawals import DEAF_SECONDS
from tests.api.house import Ground, House, open_house
from tests.api.people import refused, signed_in, signed_up, told, with_token

ME, PLANS = "/api/users/me", "/api/billing/plans"


class TestWithdrawal:
    async def test_reaches_a_process_that_was_told_nothing(self, ground: Ground, redis_url: str) -> None:
        async with open_house(ground, redis_url) as one:
            person = await signed_up(one)
            other = await signed_in(one, person)
            # A second process over the same database, which hears of it from the log alone.
            from adapters.bootstrap import open_services

            far = await open_services(one.services.settings, 2)
            try:
                bearer = one.services.identity.tokens.read(person.tokens["accessToken"])
                await far.identity.withdrawals.confirm(bearer)
                told(await other.client.delete(f"/api/auth/sessions/{person.session}"))
                started = time.monotonic()
                while bearer.session_id not in far.identity.withdrawals.heard:
                    assert time.monotonic() - started < 5
                    await asyncio.sleep(0.05)
            finally:
                await far.close()

    async def test_is_known_to_a_process_that_begins_after_it(self, ground: Ground, redis_url: str) -> None:
        async with open_house(ground, redis_url) as house:
            person = await signed_up(house)
            told(await person.client.post("/api/auth/logout-everywhere"))
        async with open_house(ground, redis_url) as later:
            refused(await with_token(later, person.tokens).get(ME), 401, "not-authenticated")

    async def test_that_cannot_be_heard_of_lets_nobody_in(self, house: House) -> None:
        client = house.client("clinic_admin")
        assert (await client.get(PLANS)).status_code == 200
        await house.services.identity.withdrawals.close()
        await house.services.pool.close()
        await asyncio.sleep(DEAF_SECONDS + 0.1)
        response = await client.get(PLANS)
        refused(response, 503, "standing-unknown")
        assert response.headers["retry-after"]


class TestKeyRing:
    def test_accepts_the_next_key_everywhere_before_it_signs_anything(self, tmp_path: Path) -> None:
        path = tmp_path / "token.keys"
        one, other = KeyRing(path), KeyRing(path)
        assert one.signing() == other.signing()
        assert one.rotate(datetime.now(UTC) + timedelta(seconds=1))
        kid, key = one.signing()
        assert other.signing()[0] != kid
        assert other.key(kid) == key

    def test_still_accepts_the_last_key_and_not_the_one_before(self, tmp_path: Path) -> None:
        ring = KeyRing(tmp_path / "token.keys")
        first = ring.signing()[0]
        ring.rotate(datetime.now(UTC) + timedelta(seconds=1))
        assert ring.key(first) is not None
        ring.rotate(datetime.now(UTC) + timedelta(seconds=1))
        assert ring.key(first) is None

    def test_rotates_only_what_is_old(self, tmp_path: Path) -> None:
        ring = KeyRing(tmp_path / "token.keys")
        assert not ring.rotate(datetime.now(UTC) - timedelta(days=1))

    async def test_once_rotated_leaves_people_signed_in(self, house: House) -> None:
        client = house.client("clinic_admin", actor=uuid7())
        ring = house.services.identity.ring
        before = ring.signing()[0]
        assert (await client.get(PLANS)).status_code == 200
        ring.rotate(datetime.now(UTC) + timedelta(seconds=1))
        assert ring.signing()[0] != before
        assert (await client.get(PLANS)).status_code == 200
        assert (await house.client("clinic_admin").get(PLANS)).status_code == 200
