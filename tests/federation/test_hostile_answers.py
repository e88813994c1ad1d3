"""Answers of a provider that lies, fails or was taken over: none opens a session, none breaks anything."""

import asyncio
import warnings
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from tests.api.house import House
from tests.api.people import refused
from tests.federation.conftest import PATIENT_SECONDS, meeting
from tests.federation.lies import (
    Lie,
    after,
    both,
    by,
    claims,
    details,
    document,
    header,
    keys,
    late,
    says,
    signed,
    tokens,
)
from tests.federation.stand_in import CLIENT, DETAILS, DISCOVERY, KEYS, SECRET, SIGNING, TOKEN, StandIn
from tests.federation.visits import AUTHORIZE, Away, come_back, leave

CANARY = "canary-of-the-provider"
HUGE = b'{"id_token": "' + b"x" * 2_000_000 + b'"}'
DEEP = b"[" * 100_000
STRANGER = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
with warnings.catch_warnings(action="ignore"):
    SMALL = RSAKey.generate_key(1024, {"kid": "one"}, private=True)
CURVE = ECKey.generate_key("P-256", {"kid": "one"}, private=True)
SHARED = OctKey.import_key(b"k" * 32, {"kid": "one"})
PEM = SIGNING.as_pem(private=False)


def public(key: Any, **more: Any) -> dict[str, Any]:
    """Return a key as a provider shows it."""
    shown = {**key.as_dict(private=key is SHARED), **more}
    return {name: value for name, value in shown.items() if value is not ...}


OURS = public(SIGNING)
FORGED: dict[str, Lie] = {
    "another issuer": claims(iss="https://issuer.example"),
    "no issuer": claims(iss=...),
    "another audience": claims(aud="another-client"),
    "no audience": claims(aud=...),
    "an empty list of audiences": claims(aud=[]),
    "an audience beside ours": claims(aud=[CLIENT, "another-client"]),
    "another authorised party": claims(azp="another-client"),
    "another nonce": claims(nonce="another"),
    "no nonce": claims(nonce=...),
    "an empty nonce": claims(nonce=""),
    "no subject": claims(sub=...),
    "an empty subject": claims(sub=""),
    "a subject that is a number": claims(sub=7),
    "a subject too long": claims(sub="x" * 256),
    "a subject with a line break": claims(sub="a\nb"),
    "expired": claims(exp=after(-1)),
    "expires at this moment": claims(exp=after(0)),
    "never expires": claims(exp=...),
    "an expiry that is a text": claims(exp="9999999999"),
    "an expiry that is true": claims(exp=True),
    "issued in the future": claims(iat=after(600)),
    "issued before the sign-in began": claims(iat=after(-600)),
    "not valid yet": claims(nbf=after(600)),
    "proven in the future": claims(auth_time=after(600)),
    "proven before all time": claims(auth_time=-(10**18)),
    "of another access token": claims(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "alg none": header(alg="none"),
    "HS256 under the public key": signed(PEM, "HS256", OURS),
    "HS256 under the client's secret": signed(SECRET.encode(), "HS256", OURS),
    "HS256 under a key that is shown": signed(b"k" * 32, "HS256", public(SHARED)),
    "an unknown kid": header(kid="another"),
    "a kid that is a path": header(kid="../../dev/null"),
    "no kid where there are several keys": both(header(kid=...), keys(OURS, public(STRANGER))),
    "two keys of one kid": keys(OURS, public(STRANGER)),
    "another's signature under a kid of ours": by(STRANGER),
    "a stale key, withdrawn": keys(public(STRANGER, kid="two")),
    "no keys at all": keys(),
    "a key for encryption": keys(OURS | {"use": "enc"}),
    "a key that may only sign": keys(public(SIGNING, use=..., key_ops=["sign"])),
    "a key of another algorithm": keys(OURS | {"alg": "PS256"}),
    "a key too small": signed(SMALL, "RS256", public(SMALL)),
    "a key of another curve": signed(CURVE, "ES256", public(CURVE, crv="P-384")),
    "a key that is none": keys({"kty": "RSA", "kid": "one", "n": "AA", "e": 7}),
    "a key brought along": both(header(jwk=public(STRANGER)), by(STRANGER)),
    "a critical extension": header(crit=["kid"]),
    "an access token in its place": header(typ="at+jwt"),
    "a token that is no token": tokens(id_token="not a token"),
    "a token of four parts": tokens(id_token="e30.e30.e30.e30"),
    "a token of letters beyond ASCII": tokens(id_token="é.é.é"),
    "a token too long": tokens(id_token=f"{'x' * 20_000}.e30.e30"),
    "no token": tokens(id_token=...),
    "no access token": tokens(access_token=...),
    "tokens of another type": tokens(token_type="mac"),
    "details of somebody else": details(sub="another"),
    "details that are no details": both(details(), says(DETAILS, 200, b"[]")),
    "a code refused": says(TOKEN, 400, b'{"error": "invalid_grant"}'),
    "a client refused": says(TOKEN, 401, b'{"error": "invalid_client"}'),
    "HTML instead of JSON": says(TOKEN, 200, b"<html>", "text/html"),
    "JSON that calls itself HTML": says(TOKEN, 200, b"{}", "text/html"),
    "broken JSON": says(TOKEN, 200, b'{"id_token": '),
    "JSON too deep": says(TOKEN, 200, DEEP),
    "bytes that are no text": says(TOKEN, 200, b'{"id_token": "\xff\xfe"}'),
    "an answer without end": says(TOKEN, 200, HUGE),
    "a redirect from the token endpoint": says(TOKEN, 302, b"{}", Location="http://127.0.0.1:9/"),
    "a redirect of the whole request": says(TOKEN, 307, b"{}", Location="/token"),
    "a redirect from the keys": says(KEYS, 302, b"{}", Location="http://127.0.0.1:9/"),
    "keys that are no keys": says(KEYS, 200, b'{"keys": 7}'),
    "keys without end": says(KEYS, 200, HUGE),
    "more keys than there can be": keys(*[OURS | {"kid": str(number)} for number in range(100)], OURS),
}
UNBELIEVABLE: dict[str, Lie] = {
    "discovery of another issuer": document(issuer="https://issuer.example"),
    "discovery of the issuer with a slash more": document(issuer="{}/"),
    "a token endpoint on another host": document(token_endpoint="https://evil.example/token"),
    "a token endpoint on another port": document(token_endpoint="http://127.0.0.1:9/token"),
    "a token endpoint without TLS": document(token_endpoint="http://issuer.example/token"),
    "keys on another host": document(jwks_uri="https://evil.example/keys"),
    "keys in a file": document(jwks_uri="file:///etc/passwd"),
    "a sign-in page on another host": document(authorization_endpoint="https://evil.example/authorize"),
    "a sign-in page that is a script": document(authorization_endpoint="javascript:alert(1)"),
    "a host with somebody's name": document(token_endpoint="http://127.0.0.1@evil.example/token"),
    "an address that is none": document(token_endpoint="https://[/token"),
    "discovery that is not there": says(DISCOVERY, 404, b"{}"),
    "discovery in HTML": says(DISCOVERY, 200, b"<html>", "text/html"),
    "discovery that leads elsewhere": says(DISCOVERY, 301, b"{}", Location="/other"),
    "discovery without end": says(DISCOVERY, 200, HUGE),
    "discovery without keys": says(DISCOVERY, 200, b'{"issuer": "x"}'),
}
FAILING: dict[str, Lie] = {
    "the token endpoint fails": says(TOKEN, 500, b"{}"),
    "the token endpoint is too busy": says(TOKEN, 429, b"{}"),
    "the token endpoint is late": late(TOKEN),
    "the keys fail": says(KEYS, 503, b"<html>", "text/html"),
    "the keys are late": late(KEYS),
    "the details fail": both(details(), says(DETAILS, 502, b"")),
}


pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.filterwarnings("ignore:Key size should be")]


@pytest.fixture
def house(shared_house: House, stand_in: StandIn) -> House:
    """One house for all of them, that meets the provider anew each time."""
    return meeting(shared_house, stand_in, PATIENT_SECONDS)


@pytest.fixture
def impatient(house: House, stand_in: StandIn) -> House:
    """It does not wait for the provider long."""
    return meeting(house, stand_in, 1.0)


COUNTED = """SELECT (SELECT count(*) FROM identity.sessions),
    (SELECT count(*) FROM event_store.events WHERE type = 'identity.user.registered')"""


@pytest.fixture(autouse=True)
def no_session(house: House, capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Whatever is tried here, nobody is signed in by it, and nothing of what was said is repeated in the log."""
    with psycopg.connect(house.database_url, autocommit=True) as connection:
        before = connection.execute(COUNTED).fetchone()
        yield
        assert connection.execute(COUNTED).fetchone() == before
    assert CANARY not in capsys.readouterr().out


async def back(house: House, stand_in: StandIn, **brought: str) -> httpx.Response:
    """Go, let somebody sign in, and come back."""
    away = await leave(house)
    given = {"code": stand_in.sign_in(away.url or "")} | brought
    return await come_back(house, away, **given)


class TestAnAnswer:
    @pytest.mark.parametrize("name", FORGED)
    async def test_that_lies_is_refused(self, house: House, stand_in: StandIn, name: str) -> None:
        stand_in.subject = CANARY
        FORGED[name](stand_in)
        response = await back(house, stand_in)
        refused(response, 401, "identity-refused")
        assert CANARY not in response.text
        assert "set-cookie" not in response.headers

    @pytest.mark.parametrize("name", UNBELIEVABLE)
    async def test_of_a_provider_about_itself_that_lies_leads_nobody_there(
        self, house: House, stand_in: StandIn, name: str
    ) -> None:
        UNBELIEVABLE[name](stand_in)
        refused(await house.anonymous().get(AUTHORIZE.format("here")), 401, "identity-refused")

    @pytest.mark.parametrize("name", FAILING)
    async def test_that_does_not_come_is_waited_for_no_longer_than_said(
        self, impatient: House, stand_in: StandIn, name: str
    ) -> None:
        FAILING[name](stand_in)
        async with asyncio.timeout(2.5):
            response = await back(impatient, stand_in)
        refused(response, 503, "provider-unavailable")
        assert int(response.headers["retry-after"]) >= 1

    @pytest.mark.parametrize("lie", [says(DISCOVERY, 500, b"{}"), late(DISCOVERY)])
    async def test_of_a_provider_that_is_down_is_asked_for_again_later(
        self, impatient: House, stand_in: StandIn, lie: Lie
    ) -> None:
        lie(stand_in)
        refused(await impatient.anonymous().get(AUTHORIZE.format("here")), 503, "provider-unavailable")
        stand_in.answers.clear()
        await leave(impatient)

    @pytest.mark.parametrize(
        "lie", [claims(email_verified=False), claims(email_verified="true"), claims(email_verified=...),
                claims(email=...), claims(email="no address"), details(email="a@example.org", email_verified=False)]
    )  # fmt: skip
    async def test_without_an_address_that_is_theirs_begins_no_account(
        self, house: House, stand_in: StandIn, lie: Lie
    ) -> None:
        lie(stand_in)
        refused(await back(house, stand_in), 403, "email-unverified")

    async def test_that_names_another_issuer_is_refused(self, house: House, stand_in: StandIn) -> None:
        refused(await back(house, stand_in, iss="https://issuer.example"), 401, "identity-refused")

    async def test_that_names_no_issuer_where_it_said_it_would_is_refused(
        self, house: House, stand_in: StandIn
    ) -> None:
        stand_in.document["authorization_response_iss_parameter_supported"] = True
        refused(await back(house, stand_in), 401, "identity-refused")

    async def test_that_is_a_no_is_one_and_is_not_repeated(self, house: House, stand_in: StandIn) -> None:
        response = await come_back(house, await leave(house), error="access_denied", error_description=CANARY)
        refused(response, 401, "provider-declined")
        assert CANARY not in response.text
        both = await back(house, stand_in, error=CANARY)
        refused(both, 401, "provider-declined")


class TestAState:
    async def test_that_is_missing_or_made_up_is_refused(self, house: House, stand_in: StandIn) -> None:
        away = await leave(house)
        code = stand_in.sign_in(away.url or "")
        for state in ("", "made-up", "x" * 4000, "\x00", "é"):
            refused(await come_back(house, away._replace(state=state), code=code), 401, "trip-refused")
        without = await house.anonymous().get("/auth/callback", params={"code": code}, headers=away.cookie)
        refused(without, 401, "trip-refused")
        refused(await house.anonymous().get("/auth/callback"), 401, "trip-refused")

    async def test_of_another_browser_is_refused(self, house: House, stand_in: StandIn) -> None:
        victim, attacker = await leave(house), await leave(house)
        code = stand_in.sign_in(attacker.url or "")
        mixed = Away(attacker.url, attacker.state, victim.browser)
        refused(await come_back(house, mixed, code=code), 401, "trip-refused")
        without = await house.anonymous().get("/auth/callback", params={"code": code, "state": attacker.state})
        refused(without, 401, "trip-refused")

    async def test_that_was_used_is_refused_whatever_came_of_it(self, house: House, stand_in: StandIn) -> None:
        away = await leave(house)
        refused(await come_back(house, away, code="wrong"), 401, "identity-refused")
        refused(await come_back(house, away, code=stand_in.sign_in(away.url or "")), 401, "trip-refused")

    async def test_that_is_too_old_is_refused(self, house: House, stand_in: StandIn) -> None:
        away = await leave(house)
        with psycopg.connect(house.database_url, autocommit=True) as connection:
            connection.execute("UPDATE identity.trips SET expires_at = clock_timestamp()")
        refused(await come_back(house, away, code=stand_in.sign_in(away.url or "")), 401, "trip-refused")

    async def test_of_one_trip_does_not_serve_the_code_of_another(self, house: House, stand_in: StandIn) -> None:
        first, second = await leave(house), await leave(house)
        code = stand_in.sign_in(first.url or "")
        refused(await come_back(house, second, code=code), 401, "identity-refused")


class TestACallback:
    @pytest.mark.parametrize(
        "body", [{}, {"state": ""}, {"state": "x", "code": 7}, {"state": "x", "more": CANARY}, {"code": CANARY}, []]
    )
    async def test_of_another_shape_is_refused_without_repeating_it(self, house: House, body: Any) -> None:
        response = await house.anonymous().post("/api/auth/callback", json=body)
        assert response.status_code == 422
        assert CANARY not in response.text

    async def test_with_nothing_in_it_is_a_no(self, house: House) -> None:
        away = await leave(house)
        response = await house.anonymous().post("/api/auth/callback", json={"state": away.state}, headers=away.cookie)
        refused(response, 401, "provider-declined")
