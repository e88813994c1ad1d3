"""How often anyone may ask, over HTTP: told on every answer, held against users and addresses, and against tricks."""

import asyncio
from pathlib import Path

import httpx
import pytest
from uuid_utils.compat import uuid7

from adapters.embedded.valkey import EmbeddedValkey
from adapters.limits.table import LIMITS
from adapters.settings import Settings
from api.app import create_app
from scripts.generate import routes
from tests.api.house import Ground, open_house

PLANS, LOGIN = "/api/billing/plans", "/api/auth/login"
WRONG = {"email": "nobody@example.org", "password": "not the right one"}
FEW = {"default.user": "5/minute", "default.address": "1000/minute"}


def limits(answer: httpx.Response) -> tuple[int, int, int]:
    return tuple(int(answer.headers[f"ratelimit-{name}"]) for name in ("limit", "remaining", "reset"))  # type: ignore[return-value]


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


class TestUser:
    @pytest.mark.requirement("R532")
    async def test_may_ask_a_hundred_times_a_minute_and_is_told_how_often_still(
        self, ground: Ground, redis_url: str
    ) -> None:
        async with open_house(ground, redis_url, rate_limit_times=1) as house:
            asking = house.client("clinic_admin")
            first = await asking.get(PLANS)
            most, left, seconds = limits(first)
            assert (first.status_code, most, left) == (200, 100, 99)
            assert 58 <= seconds <= 60
            answers = [await asking.get(PLANS) for _ in range(100)]
            assert [a.status_code for a in answers] == [200] * 99 + [429]
            assert limits(answers[98])[1] == 0

    @pytest.mark.requirement("R020")
    async def test_who_asks_too_often_is_told_when_to_come_back_and_nobody_else_is(
        self, ground: Ground, redis_url: str
    ) -> None:
        async with open_house(ground, redis_url, rate_limit_times=1, rate_limits=FEW) as house:
            user = uuid7()
            asking, also = (house.client("clinic_admin", actor=user) for _ in range(2))
            for client in (asking, also, asking, also, asking):
                assert (await client.get(PLANS)).status_code == 200
            again = await also.get(PLANS)
            refused(again, 429, "too-many-requests")
            assert limits(again) == (5, 0, int(again.headers["retry-after"]))
            assert again.headers["x-request-id"] == again.json()["error"]["request_id"]
            assert str(user) not in again.text
            assert (await house.client("clinic_admin").get(PLANS)).status_code == 200


class TestAddress:
    @pytest.mark.requirement("R531")
    @pytest.mark.requirement("R020")
    async def test_may_ask_a_hundred_times_a_minute_whoever_asks_from_it_and_whatever_for(
        self, ground: Ground, redis_url: str
    ) -> None:
        async with open_house(ground, redis_url, rate_limit_times=1) as house:
            for n in range(50):
                await house.client("clinic_admin", address="203.0.113.5").get(PLANS)
                assert limits(await house.anonymous("203.0.113.5").get("/api/nowhere"))[:2] == (100, 98 - 2 * n)
            refused(await house.client("clinic_admin", address="203.0.113.5").get(PLANS), 429, "too-many-requests")
            assert (await house.client("clinic_admin", address="203.0.113.6").get(PLANS)).status_code == 200

    async def test_is_not_what_a_client_says_of_itself(self, ground: Ground, redis_url: str) -> None:
        async with open_house(ground, redis_url, rate_limit_times=1, rate_limits={"default.address": "3/minute"}) as h:
            spoofing = h.anonymous("203.0.113.5")
            statuses = []
            for n in range(4):
                headers = {"X-Forwarded-For": f"198.51.100.{n}", "Forwarded": f"for=198.51.100.{n}",
                           "X-Real-IP": f"198.51.100.{n}"}  # fmt: skip
                statuses.append((await spoofing.get("/api/nowhere", headers=headers)).status_code)
            assert statuses == [404, 404, 404, 429]

    async def test_is_what_a_trusted_proxy_saw_whatever_the_client_wrote_before_it(
        self, ground: Ground, redis_url: str
    ) -> None:
        settings = Settings(state=ground.state, database_url=ground.database_url, trusted_proxies="10.0.0.0/8, ::1")
        behind = Ground(ground.database_url, ground.state, create_app(settings))
        async with open_house(behind, redis_url, rate_limit_times=1, rate_limits={"default.address": "3/minute"}) as h:
            proxied = h.anonymous("10.1.2.3")

            async def ask(forwarded: str) -> int:
                return (await proxied.get("/api/nowhere", headers={"X-Forwarded-For": forwarded})).status_code

            said = [f"198.51.100.{n}, 203.0.113.5, 10.9.9.9" for n in range(4)]
            assert [await ask(each) for each in said] == [404, 404, 404, 429]
            assert await ask("203.0.113.5, 203.0.113.6") == 404, "another client of the same proxy"


class TestNamedLimit:
    @pytest.mark.requirement("R453")
    async def test_holds_log_ins_back_before_passwords_are_looked_at(self, ground: Ground, redis_url: str) -> None:
        async with open_house(ground, redis_url, rate_limit_times=1, rate_limits={"login.address": "4/minute"}) as h:
            trying = h.anonymous()
            answers = [await trying.post(LOGIN, json=WRONG) for _ in range(5)]
            assert [a.status_code for a in answers] == [401] * 4 + [429]
            assert limits(answers[0])[:2] == (4, 3)
            assert (await trying.post("/api/auth/refresh", json={"refreshToken": "x"})).status_code == 401

    async def test_of_health_is_thirty_a_minute(self, ground: Ground, redis_url: str) -> None:
        async with open_house(ground, redis_url, rate_limit_times=1) as house:
            assert limits(await house.anonymous().get("/health"))[:2] == (30, 29)

    def test_stands_in_the_table_and_is_shown_with_its_routes(self) -> None:
        page = routes.page()
        assert "| `POST /api/auth/login` | Sign in with a password | anonymous | everybody | login |" in page
        assert "| login | | 20/minute; 200/hour | | closed |".replace("| |", "|  |") in page

    def test_guards_every_route_that_tries_a_secret(self) -> None:
        guarded = {route.path for route in routes.answered() if any(LIMITS[name].closes for name in route.limits)}
        tries = {"login", "otp/request", "otp/verify", "register", "forgot-password", "reset-password",
                 "change-password", "step-up", "totp/confirm"}  # fmt: skip
        assert {path.removeprefix("/api/auth/") for path in guarded} >= tries


class TestWithoutValkey:
    async def test_reading_goes_on_within_limits_and_signing_in_is_closed_until_it_is_back(
        self, ground: Ground, tmp_path: Path
    ) -> None:
        valkey = EmbeddedValkey(tmp_path / "valkey")
        valkey.start()
        try:
            async with open_house(ground, valkey.url, rate_limit_times=1, rate_limits=FEW) as house:
                reading, signing_in = house.client("clinic_admin"), house.anonymous()
                assert (await reading.get(PLANS)).status_code == 200
                assert (await signing_in.post(LOGIN, json=WRONG)).status_code == 401
                valkey.stop()
                assert [(await reading.get(PLANS)).status_code for _ in range(6)] == [200] * 5 + [429]
                closed = await signing_in.post(LOGIN, json=WRONG)
                refused(closed, 503, "limits-unavailable")
                assert int(closed.headers["retry-after"]) > 0
                assert "caretrail_limits_alone 1.0" in (await signing_in.get("/metrics")).text
                valkey.start()
                for _ in range(100):
                    open_again = await signing_in.post(LOGIN, json=WRONG)
                    if open_again.status_code == 401:
                        break
                    await asyncio.sleep(0.05)
                assert open_again.status_code == 401
        finally:
            valkey.stop()


class TestKey:
    async def test_is_counted_by_itself_whichever_way_it_is_shown(self, ground: Ground, redis_url: str) -> None:
        """Also one that is wrong: trying keys is counted too."""
        async with open_house(ground, redis_url, rate_limit_times=1, rate_limits=FEW) as house:
            anyone, shown = house.anonymous(), "ck_0123456789.nothing"
            ways = [{"X-API-Key": shown}, {"Authorization": f"Bearer {shown}"}] * 3
            assert [(await anyone.get(PLANS, headers=way)).status_code for way in ways] == [401] * 5 + [429]
            assert (await anyone.get(PLANS, headers={"X-API-Key": f"{shown}2"})).status_code == 401
