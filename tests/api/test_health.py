"""Health: one checker behind every path, bounded and kept for a while, telling states to all and details to few."""

import asyncio
import re
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from pydantic import HttpUrl, SecretStr

from adapters.cache import figures
from adapters.cache.figures import LOOKS
from adapters.embedded.valkey import EmbeddedValkey
from adapters.health import own
from adapters.health.checker import Checker, Seen, State
from adapters.health.house import checker
from adapters.health.own import Parts
from tests.api.house import Ground, House, open_house
from tests.api.people import PASSWORD, signed_in, signed_up

SERVICES = ("workos", "stripe", "novu", "upstash-redis", "database", "neon-database", "audit-database",
            "upstash-qstash", "resend", "posthog", "vercel", "queue", "keys", "storage",
            "cache")  # fmt: skip
KEY = "sk_test_canary_of_a_key"


def told(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


class Vendor(BaseHTTPRequestHandler):
    """A service that answers what it is told to."""

    status, delay, asked = 200, 0.0, 0

    def do_GET(self) -> None:
        type(self).asked += 1
        time.sleep(self.delay)
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def vendor(status: int = 200, delay: float = 0.0) -> Iterator[tuple[str, type[Vendor]]]:
    """Serve on loopback for a block."""
    kind = type("Told", (Vendor,), {"status": status, "delay": delay, "asked": 0})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", kind
    finally:
        server.shutdown()
        server.server_close()


def with_stripe(url: str) -> dict[str, Any]:
    return {"stripe_secret_key": SecretStr(KEY), "vendor_urls": {"stripe": HttpUrl(url)}}


class TestEveryService:
    @pytest.mark.requirement("R071")
    @pytest.mark.requirement("R072")
    @pytest.mark.requirement("R073")
    @pytest.mark.requirement("R074")
    @pytest.mark.requirement("R075")
    async def test_has_a_path_that_tells_its_state_and_time_and_nothing_else(self, house: House) -> None:
        await house.drain()
        for service in SERVICES:
            shown = told(await house.anonymous().get(f"/api/health/{service}"))
            assert set(shown) == {"service", "status", "responseTime", "checkedAt"}
            assert shown["status"] in {"healthy", "degraded", "not configured"}, (service, shown)
        assert told(await house.anonymous().get("/api/health/database"))["responseTime"] > 0

    async def test_that_nobody_knows_is_404(self, house: House) -> None:
        assert (await house.anonymous().get("/api/health/telegraph")).status_code == 404

    @pytest.mark.requirement("R070")
    @pytest.mark.requirement("R420")
    @pytest.mark.requirement("R424")
    async def test_is_told_of_together(self, house: House) -> None:
        await house.drain()
        whole = told(await house.anonymous().get("/api/healthcheck", params={"services": True}))
        assert whole["overall"] in {"healthy", "degraded"}
        assert whole["services"]["stripe"] == {"status": "not configured", "responseTime": None}
        assert set(whole["services"]) >= set(SERVICES) - {"neon-database"}
        assert set(told(await house.anonymous().get("/api/healthcheck"))) == {"overall"}


class TestAServiceOfOthers:
    @pytest.mark.parametrize(
        ("answers", "status", "state"),
        [(200, 200, "healthy"), (401, 200, "degraded"), (403, 200, "degraded"), (429, 200, "degraded"),
         (302, 200, "degraded"), (500, 503, None), (503, 503, None)],
    )  # fmt: skip
    async def test_is_judged_by_what_it_answers_and_the_key_is_not_told(
        self, ground: Ground, redis_url: str, answers: int, status: int, state: str | None
    ) -> None:
        with vendor(answers) as (url, _):
            async with open_house(ground, redis_url, **with_stripe(url)) as house:
                answer = await house.anonymous().get("/api/health/stripe")
                details = await house.client("platform_admin").get("/api/operations/health")
        assert answer.status_code == status
        assert state is None or answer.json()["data"]["status"] == state
        assert KEY not in answer.text + details.text
        [stripe] = [part for part in told(details)["services"] if part["service"] == "stripe"]
        assert stripe["facts"] == {"status": answers}

    async def test_that_is_down_lessens_the_whole_and_no_more(self, ground: Ground, redis_url: str) -> None:
        async with open_house(ground, redis_url, **with_stripe("http://127.0.0.1:1")) as house:
            await house.drain()
            assert (await house.anonymous().get("/api/health/stripe")).status_code == 503
            whole = told(await house.anonymous().get("/api/healthcheck", params={"services": True}))
        assert (whole["overall"], whole["services"]["stripe"]["status"]) == ("degraded", "down")

    async def test_is_not_asked_again_for_some_seconds_however_many_ask(self, ground: Ground, redis_url: str) -> None:
        with vendor(delay=0.05) as (url, kind):
            async with open_house(ground, redis_url, **with_stripe(url)) as house:
                anyone = house.anonymous()
                answers = await asyncio.gather(*(anyone.get("/api/health/stripe") for _ in range(30)))
                answers += [await anyone.get("/api/healthcheck", params={"services": True}) for _ in range(5)]
            assert {answer.status_code for answer in answers} == {200}
            assert kind.asked == 1


class TestTheChecker:
    async def test_looks_side_by_side_and_within_a_bound(self) -> None:
        async def slow() -> Seen:
            await asyncio.sleep(60)
            return Seen(State.HEALTHY)

        async def broken() -> Seen:
            raise RuntimeError("a secret")

        async def well() -> Seen:
            return Seen(State.HEALTHY)

        asked = Checker({**{f"slow {n}": slow for n in range(20)}, "broken": broken, "well": well}, ["well"], bound=0.2)
        began = time.perf_counter()
        found = await asked.find_all()
        assert time.perf_counter() - began < 2.0  # one after the other it would be four
        assert found["slow 7"].seen == Seen(State.DOWN, "no answer within 0.2 s")
        assert found["broken"].seen == Seen(State.DOWN, "RuntimeError")
        assert asked.overall(found) is State.DEGRADED

    async def test_is_down_when_what_is_needed_is(self) -> None:
        async def away() -> Seen:
            raise OSError

        asked = Checker({"database": away}, ["database"])
        assert asked.overall(await asked.find_all()) is State.DOWN

    async def test_says_503_when_the_database_is_away(self, house: House) -> None:
        async def away() -> Any:
            raise OSError

        async def nothing() -> Any:
            return {}, 0.0

        gone = Parts(away, nothing, away, away, away, dict, None)
        house.services.health = checker(house.services.settings, gone)
        answer = await house.anonymous().get("/api/healthcheck", params={"services": True})
        assert answer.status_code == 503
        assert answer.json()["error"]["details"]["services"]["database"]["status"] == "down"
        assert (await house.anonymous().get("/ready")).status_code == 503
        assert (await house.anonymous().get("/health")).status_code == 200


class TestOurParts:
    @pytest.mark.requirement("R292")
    @pytest.mark.parametrize(("used", "state"), [(16, State.HEALTHY), (17, State.DEGRADED)])
    async def test_are_degraded_when_more_than_four_fifths_of_the_connections_are_in_use(
        self, used: int, state: State
    ) -> None:
        async def none() -> Any:
            return []

        pool = {"pool_max": 20, "pool_size": 20, "pool_available": 20 - used}
        parts = Parts(none, none, none, none, none, lambda: pool, None)
        assert (await own.database(parts)).state is state

    @pytest.mark.requirement("R090")
    async def test_are_degraded_when_more_than_half_of_what_valkey_may_use_is_used(self, tmp_path: Path) -> None:
        valkey = EmbeddedValkey(tmp_path / "valkey")
        valkey.start()
        try:
            with closing(redis.Redis.from_url(valkey.url, protocol=2)) as client:
                for more, state in ((4, State.HEALTHY), (1.5, State.DEGRADED)):
                    client.config_set("maxmemory", int(client.info()["used_memory"] * more))  # type: ignore[index]
                    assert (await own.valkey(valkey.url)).state is state
        finally:
            valkey.stop()

    @pytest.mark.requirement("R088")
    async def test_are_degraded_when_less_than_85_in_100_looks_into_the_cache_find_it(self) -> None:
        total = figures.summed(figures.looks(family) for family in figures.seen())
        many = sum(total.values()) + own.LOOKS_ENOUGH  # whatever this process has looked for before
        LOOKS.labels("sample", "hit").inc(100 * many)
        assert (await own.cache()).state is State.HEALTHY
        LOOKS.labels("sample", "absent").inc(25 * many)
        seen = await own.cache()
        assert seen.state is State.DEGRADED
        assert seen.facts["hitRate"] < 0.85
        LOOKS.remove("sample", "hit")
        LOOKS.remove("sample", "absent")


class TestWhoRunsTheHouse:
    @pytest.mark.requirement("R024")
    @pytest.mark.requirement("R422")
    @pytest.mark.requirement("R096")
    async def test_reads_caches_and_settings_and_nobody_else_does(self, ground: Ground, redis_url: str) -> None:
        secrets = {"stripe_secret_key": SecretStr(KEY), "token_secret": SecretStr(KEY)}
        async with open_house(ground, redis_url, **secrets) as house:
            runs = house.client("platform_admin")
            cache = told(await runs.get("/api/operations/cache"))
            [plans] = [family for family in cache["families"] if family["family"] == "billing_plans"]
            assert (plans["seconds"], plans["about"], plans["consumers"]) == (3600, "nobody", ["plans"])
            assert cache["memoryBytes"] > 0
            config = await runs.get("/api/operations/config")
            shown = {setting["variable"]: setting for setting in told(config)}
            assert KEY not in config.text
            assert redis_url not in config.text
            assert (shown["STRIPE_SECRET_KEY"]["given"], shown["STRIPE_SECRET_KEY"]["value"]) == (True, None)
            assert shown["CARETRAIL_HTTP_PORT"]["value"] == "8000"
            for path in ("health", "cache", "config"):
                assert (await house.client("doctor").get(f"/api/operations/{path}")).status_code == 403
                assert (await house.anonymous().get(f"/api/operations/{path}")).status_code == 401


class TestFigures:
    @pytest.mark.requirement("R341")
    async def test_tell_of_the_machine_too(self, house: House) -> None:
        figures = (await house.anonymous().get("/metrics")).text
        for line in ("cpu_seconds_total{of=\"user\"}", "memory_bytes{of=\"available\"}",
                     "network_bytes_total{way=\"received\"}", "disk_bytes_total{way=\"written\"}"):  # fmt: skip
            [found] = re.findall(rf"^caretrail_machine_{re.escape(line)} (\S+)$", figures, re.MULTILINE)
            assert float(found) > 0
        assert "process_resident_memory_bytes" in figures

    @pytest.mark.requirement("R272")
    @pytest.mark.requirement("R336")
    @pytest.mark.requirement("R342")
    @pytest.mark.requirement("R334")
    async def test_tell_sign_ins_tokens_pools_caches_and_parts(self, house: House) -> None:
        person = await signed_in(house, await signed_up(house))
        wrong = {"email": person.email, "password": PASSWORD + "!"}
        assert (await house.anonymous().post("/api/auth/login", json=wrong)).status_code == 401
        await person.client.get("/api/users/me")
        await house.anonymous().get("/api/health/database")
        figures = (await house.anonymous().get("/metrics")).text
        for line in (
            'caretrail_sign_ins_total{outcome="success",way="password"}',
            'caretrail_sign_ins_total{outcome="sign-in-refused",way="password"}',
            "caretrail_token_verify_seconds_count",
            'caretrail_pool_connections{pool="database",state="most"} 8.0',
            'caretrail_cache_looks_total{family="user",found="untold"}',
            'caretrail_cache_seconds_bucket{family="user"',
            'caretrail_cache_memory_bytes{of="used"}',
            'caretrail_part_up{part="database"}',
            'caretrail_request_seconds_bucket{le="0.1",method="POST",route="/api/auth/login",status="200"}',
            "caretrail_consumer_lag_events",
            "caretrail_effects_overdue_seconds",
        ):
            assert line in figures, line
        assert person.email not in figures
