"""What every answer says to a browser, whom a browser may ask us for, and what is compressed on the way."""

import gzip
import re
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import ValidationError

from adapters.settings import Settings
from api.app import create_app
from api.gzipped import FLOOR, Gzipped
from tests.api.house import Ground, House, open_house

Client = Callable[..., httpx.AsyncClient]
PLANS, REFRESH, LOGIN = "/api/billing/plans", "/api/auth/refresh", "/api/auth/login"
OURS, NEIGHBOUR = "https://app.example.org", "https://other.example.org"
PLAN = {"name": "Basic", "amountCents": 7900, "currency": "INR", "interval": "MONTHLY"}


@pytest.fixture(scope="module")
def named(ground: Ground) -> Ground:
    """The same ground, with a page of another origin allowed."""
    given = Settings(
        state=ground.state, database_url=ground.database_url, cors_origins=f"{OURS}, http://localhost:3000"
    )
    return ground._replace(app=create_app(given))


@pytest.fixture
async def open_to(named: Ground, redis_url: str) -> AsyncIterator[House]:
    async with open_house(named, redis_url) as made:
        yield made


class TestHeadersOfCaution:
    async def test_are_on_every_answer_whatever_it_is(self, house: House, client: Client) -> None:
        admin = client("clinic_admin")
        answers = [
            await admin.get(PLANS),
            await admin.post(PLANS, json={}),
            await admin.post(PLANS, content=b"a", headers={"Content-Type": "text/plain"}),
            await admin.get("/api/nowhere"),
            await house.anonymous().get(PLANS),
            await house.anonymous().get("/health"),
            await house.anonymous().get("/docs"),
            await house.anonymous().get("/openapi.json"),
        ]
        assert [a.status_code for a in answers] == [200, 422, 415, 404, 401, 200, 200, 200]
        for answer in answers:
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["x-frame-options"] == "DENY"
            assert "camera=()" in answer.headers["permissions-policy"]
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'")
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert {"x-request-id", "x-correlation-id", "ratelimit-limit"} <= answer.headers.keys()
            assert "strict-transport-security" not in answer.headers, "a promise about https is made over https"

    async def test_keep_what_lies_under_api_out_of_every_cache(self, client: Client) -> None:
        admin = client("clinic_admin")
        for path in (PLANS, "/api/nowhere", "/api/appointments"):
            assert (await admin.get(path)).headers["cache-control"] == "no-store"

    @pytest.mark.requirement("R453")
    async def test_are_on_a_failure_of_ours_too_and_it_shows_nothing(self, ground: Ground, redis_url: str) -> None:
        app = create_app(Settings(state=ground.state, database_url=ground.database_url))

        @app.get("/broken")
        async def broken() -> None:
            raise KeyError("Jane Doe")

        async with open_house(ground._replace(app=app), redis_url) as house:
            answer = await house.anonymous().get("/broken")
        assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal-error")
        assert answer.headers["x-request-id"] == answer.json()["error"]["request_id"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "Jane" not in answer.text

    @pytest.mark.requirement("R529")
    @pytest.mark.requirement("R328")
    async def test_keep_browsers_on_https_when_it_is_spoken(self, house: House) -> None:
        house.anonymous()
        transport = httpx.ASGITransport(house.app)
        async with httpx.AsyncClient(transport=transport, base_url="https://caretrail.test") as secure:
            said = (await secure.get("/health")).headers["strict-transport-security"]
        assert said == f"max-age={365 * 86_400}; includeSubDomains"

    @pytest.mark.requirement("R534")
    async def test_let_the_page_of_documentation_run_only_what_we_serve(self, house: House) -> None:
        page = await house.anonymous().get("/docs")
        policy = page.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert re.findall(r"<script(?![^>]*\ssrc=)|<style|\son\w+=|style=|javascript:", page.text) == []
        scripts = re.findall(r'<script src="([^"]+)"', page.text)
        kinds = [(await house.anonymous().get(path)).headers["content-type"] for path in scripts]
        assert len(kinds) == 2
        assert all("javascript" in kind for kind in kinds)


class TestOtherOrigins:
    async def test_are_allowed_nothing_unless_they_are_named(self, client: Client) -> None:
        answer = await client("clinic_admin").get(PLANS, headers={"Origin": OURS})
        assert not [name for name in answer.headers if name.startswith("access-control")]
        asked = {"Origin": OURS, "Access-Control-Request-Method": "POST"}
        preflight = await client("clinic_admin").request("OPTIONS", PLANS, headers=asked)
        assert preflight.status_code == 405
        assert not [name for name in preflight.headers if name.startswith("access-control")]

    @pytest.mark.requirement("R535")
    async def test_that_are_named_may_ask_and_see_our_headers(self, open_to: House) -> None:
        admin = open_to.client("clinic_admin")
        asked = {"Origin": OURS, "Access-Control-Request-Method": "POST",
                 "Access-Control-Request-Headers": "authorization, idempotency-key"}  # fmt: skip
        preflight = await open_to.anonymous().request("OPTIONS", PLANS, headers=asked)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == OURS
        answer = await admin.get(PLANS, headers={"Origin": OURS})
        assert answer.headers["access-control-allow-origin"] == OURS
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert {"X-Position", "RateLimit-Remaining", "ETag"} <= set(
            answer.headers["access-control-expose-headers"].split(", ")
        )
        assert "origin" in answer.headers["vary"].lower()
        refused = await open_to.anonymous().get(PLANS, headers={"Origin": OURS})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, OURS)

    @pytest.mark.parametrize("origin", [NEIGHBOUR, "https://app.example.org.evil.example", "null", f"{OURS}:8443"])
    async def test_that_merely_look_like_them_may_not(self, open_to: House, origin: str) -> None:
        answer = await open_to.client("clinic_admin").get(PLANS, headers={"Origin": origin})
        assert "access-control-allow-origin" not in answer.headers

    @pytest.mark.parametrize("origins", ["*", "https://*.example.org", "app.example.org", "https://app.example.org/"])
    def test_cannot_be_everybody(self, monkeypatch: pytest.MonkeyPatch, origins: str) -> None:
        monkeypatch.setenv("CARETRAIL_CORS_ORIGINS", origins)
        with pytest.raises(ValidationError):
            Settings()


FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": NEIGHBOUR},
    {"Origin": NEIGHBOUR},
    {"Origin": "null"},
    {"Origin": "http://caretrail.test.evil.example"},
    {"Origin": "http://caretrail.test", "Sec-Fetch-Site": "cross-site"},
]
OWN: list[dict[str, str]] = [
    {},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://caretrail.test"},
    {"Sec-Fetch-Site": "cross-site", "Origin": OURS},
]


class TestCookieRoutes:
    @pytest.mark.requirement("R530")
    @pytest.mark.parametrize("headers", FOREIGN)
    async def test_do_nothing_for_a_foreign_page(self, open_to: House, headers: dict[str, str]) -> None:
        browser = open_to.anonymous()
        browser.cookies.set("caretrail_refresh", "whatever", domain="caretrail.test", path="/api/auth")
        for path, body in ((REFRESH, {}), (LOGIN, {"email": "a@example.org", "password": "x", "cookie": True})):
            answer = await browser.post(path, json=body, headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "cross-site-request")

    @pytest.mark.parametrize("headers", OWN)
    async def test_answer_our_own_pages_and_what_is_no_browser(self, open_to: House, headers: dict[str, str]) -> None:
        answer = await open_to.anonymous().post(REFRESH, json={"refreshToken": "x"}, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "refresh-refused")

    async def test_are_the_only_ones_asked_where_a_page_comes_from(self, open_to: House) -> None:
        headers = {"Sec-Fetch-Site": "cross-site"}
        assert (await open_to.client("clinic_admin").post(PLANS, json=PLAN, headers=headers)).status_code == 201


async def compressed(parts: list[bytes], path: str = "/api/x", **headers: str) -> tuple[dict[str, str], list[bytes]]:
    """Let an answer go through; return its headers and the parts that come out."""
    sent: list[Any] = []
    scope = {"type": "http", "path": path, "headers": [(b"accept-encoding", b"br, gzip;q=0.8")]}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        stated = {"content-type": "application/json", "content-length": str(sum(map(len, parts)))} | headers
        encoded = [(name.replace("_", "-").encode(), value.encode()) for name, value in stated.items()]
        await send({"type": "http.response.start", "status": 200, "headers": encoded})
        for number, part in enumerate(parts, 1):
            await send({"type": "http.response.body", "body": part, "more_body": number < len(parts)})

    async def receive() -> Any:
        return {}

    async def send(message: Any) -> None:
        sent.append(message)

    await Gzipped(app)(scope, receive, send)
    return {n.decode(): v.decode() for n, v in sent[0]["headers"]}, [message["body"] for message in sent[1:]]


class TestCompression:
    @pytest.mark.requirement("R548")
    async def test_makes_long_answers_short_for_those_who_take_it(self, client: Client) -> None:
        admin = client("clinic_admin")
        for _ in range(20):
            await admin.post(PLANS, json=PLAN)
        long = await admin.get("/openapi.json")
        assert long.headers["content-encoding"] == "gzip"
        assert "accept-encoding" in long.headers["vary"].lower()
        assert int(long.headers["content-length"]) < len(long.content) / 5
        plain = await admin.get("/openapi.json", headers={"Accept-Encoding": "gzip;q=0, br"})
        assert "content-encoding" not in plain.headers
        assert plain.content == long.content
        assert "content-encoding" not in (await admin.get("/health")).headers, "it is short"

    async def test_hands_on_each_part_of_a_stream_when_it_comes(self) -> None:
        import zlib

        headers, parts = await compressed([b"one line\n" * 100, b"another\n", b""], content_type="application/x-ndjson")
        assert (headers["content-encoding"], "content-length" in headers) == ("gzip", False)
        reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
        assert [reader.decompress(part) for part in parts] == [b"one line\n" * 100, b"another\n", b""]
        assert reader.eof

    @pytest.mark.parametrize(
        ("path", "headers"),
        [
            ("/api/x", {"content_type": "application/pdf"}),
            ("/api/x", {"content_type": "image/png"}),
            ("/api/x", {"content_encoding": "br"}),
            ("/api/x", {"set_cookie": "a=b"}),
            ("/api/auth/login", {}),
        ],
    )
    async def test_leaves_alone_what_is_small_in_itself_and_what_holds_secrets(
        self, path: str, headers: dict[str, str]
    ) -> None:
        body = b"a" * FLOOR * 10
        stated, parts = await compressed([body], path, **headers)
        assert stated.get("content-encoding") in (None, "br")
        assert parts == [body]

    @pytest.mark.parametrize("size", [0, FLOOR - 1, FLOOR, 10 * FLOOR, 500_000])
    async def test_gives_back_what_went_in(self, size: int) -> None:
        body = (uuid4().bytes * (size // 16 + 1))[:size]
        headers, [part] = await compressed([body])
        packed = headers.get("content-encoding") == "gzip"
        assert packed is (size >= FLOOR)
        assert (gzip.decompress(part) if packed else part) == body
        assert int(headers["content-length"]) == len(part)
