"""Signing in by an identity provider, from the first time on, and what leads to an account from elsewhere."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pyotp
import pytest

from domain.identity.platform import PLATFORM
from domain.identity.user import User
from tests.api.house import House
from tests.api.people import Person, refused, signed_in, signed_up, told, with_token
from tests.api.test_auth_secrets import as_stored, everything
from tests.federation.stand_in import DETAILS, SECRET, StandIn
from tests.federation.visits import Away, come_back, leave, sent_off

ME, LINKS = "/api/users/me", "/api/auth/links"


async def sign_in(house: House, stand_in: StandIn, **asked: Any) -> dict[str, Any]:
    """Sign in from beginning to end; return what is given."""
    away = await leave(house, **asked)
    given: dict[str, Any] = told(await come_back(house, away, code=stand_in.sign_in(away.url or "")))
    return given


async def link(house: House, person: Person, stand_in: StandIn) -> httpx.Response:
    """Link who the stand-in means with somebody's account."""
    away = sent_off(await person.client.post(f"{LINKS}/here"))
    return await come_back(house, away, code=stand_in.sign_in(away.url or ""))


class TestProviders:
    async def test_are_those_that_are_configured_and_no_secret_of_theirs_shows(self, house: House) -> None:
        response = await house.anonymous().get("/api/auth/providers")
        assert told(response) == [{"name": "here", "label": "Here", "by": "code"}]

    async def test_that_are_not_configured_are_not_there(self, house: House) -> None:
        refused(await house.anonymous().get("/api/auth/providers/google/authorize"), 404, "not-found")


class TestSigningIn:
    @pytest.mark.requirement("R001")
    @pytest.mark.requirement("R002")
    async def test_begins_an_account_the_first_time_and_leads_to_the_same_from_then_on(
        self, house: House, stand_in: StandIn
    ) -> None:
        first, second = await sign_in(house, stand_in), await sign_in(house, stand_in)
        assert (first["registered"], second["registered"]) == (True, False)
        assert first["userId"] == second["userId"]
        shown = told(await with_token(house, second).get(ME))
        assert (shown["email"], shown["name"]) == (f"{stand_in.subject}@example.org", "Ana Sousa")
        assert shown["roles"] == ["patient"]

    @pytest.mark.parametrize("path", ["/auth/callback", "/api/auth/callback"])
    async def test_works_by_either_callback(self, house: House, stand_in: StandIn, path: str) -> None:
        away = await leave(house)
        told(await come_back(house, away, path, code=stand_in.sign_in(away.url or "")))

    async def test_works_for_a_page_that_hands_over_what_it_came_back_with(
        self, house: House, stand_in: StandIn
    ) -> None:
        away = await leave(house)
        body = {"state": away.state, "code": stand_in.sign_in(away.url or "")}
        told(await house.anonymous().post("/api/auth/callback", json=body, headers=away.cookie))

    async def test_tells_the_provider_all_that_binds_the_answer_and_nothing_personal(self, house: House) -> None:
        asked = (await leave(house)).asked
        assert set(asked) == {"response_type", "client_id", "redirect_uri", "scope", "state", "nonce",
                              "code_challenge", "code_challenge_method"}  # fmt: skip
        assert asked["redirect_uri"] == house.services.settings.callback_url
        again = (await leave(house)).asked
        assert all(asked[name] != again[name] for name in ("state", "nonce", "code_challenge"))

    async def test_gives_the_refresh_token_as_a_cookie_where_that_was_asked_for(
        self, house: House, stand_in: StandIn
    ) -> None:
        away = await leave(house, cookie=True)
        response = await come_back(house, away, code=stand_in.sign_in(away.url or ""))
        assert "refreshToken" not in told(response)
        assert any(cookie.startswith("caretrail_refresh=") for cookie in response.headers.get_list("set-cookie"))

    async def test_is_by_issuer_and_subject_and_never_by_an_address(self, house: House, stand_in: StandIn) -> None:
        person = await signed_up(house)
        stand_in.claims = {"email": person.email}
        given = await sign_in(house, stand_in)
        assert given["registered"]
        assert given["userId"] != str(person.id)
        await signed_in(house, person)
        stand_in.claims = {"email": "another@example.org"}
        assert (await sign_in(house, stand_in))["userId"] == given["userId"]

    async def test_begins_no_account_where_that_was_not_wanted(self, house: House, stand_in: StandIn) -> None:
        away = await leave(house, register=False)
        response = await come_back(house, away, code=stand_in.sign_in(away.url or ""))
        refused(response, 401, "identity-unknown")

    async def test_at_the_same_moment_twice_begins_one_account(self, house: House, stand_in: StandIn) -> None:
        given = await asyncio.gather(*(sign_in(house, stand_in) for _ in range(4)))
        assert len({each["userId"] for each in given}) == 1

    async def test_asks_for_the_details_that_the_token_leaves_out(self, house: House, stand_in: StandIn) -> None:
        stand_in.claims = {"email": ..., "email_verified": ..., "name": ...}
        stand_in.document = {"userinfo_endpoint": stand_in.issuer + DETAILS}
        stand_in.details = {"email": "Bea@Example.org", "email_verified": True, "name": "Bea"}
        shown = told(await with_token(house, await sign_in(house, stand_in)).get(ME))
        assert (shown["email"], shown["name"]) == ("bea@example.org", "Bea")

    async def test_counts_as_a_proof_from_when_the_provider_asked_who_it_is(
        self, house: House, stand_in: StandIn
    ) -> None:
        long_ago = int(time.time()) - 7200
        stand_in.claims = {"auth_time": long_ago}
        tokens = house.services.identity.tokens
        old = tokens.read((await sign_in(house, stand_in))["accessToken"])
        assert old.authenticated_at == datetime.fromtimestamp(long_ago, UTC)
        stand_in.claims = {"auth_time": ...}
        unknown = tokens.read((await sign_in(house, stand_in))["accessToken"])
        assert unknown.authenticated_at == datetime.fromtimestamp(0, UTC)

    async def test_afresh_is_not_believed_of_somebody_who_was_signed_in_already(
        self, house: House, stand_in: StandIn
    ) -> None:
        away = await leave(house, fresh=True)
        assert (away.asked["prompt"], away.asked["max_age"]) == ("login", "0")
        stand_in.claims = {"auth_time": int(time.time()) - 7200}
        refused(await come_back(house, away, code=stand_in.sign_in(away.url or "")), 401, "identity-refused")


class TestSecrets:
    async def test_of_a_sign_in_lie_nowhere_in_the_clear(
        self, house: House, stand_in: StandIn, capsys: pytest.CaptureFixture[str]
    ) -> None:
        away = await leave(house)
        code = stand_in.sign_in(away.url or "")
        given = told(await come_back(house, away, code=code))
        waiting = await leave(house)
        secrets = [
            away.state, away.browser, waiting.state, waiting.browser, waiting.asked["nonce"], code, stand_in.subject,
            f"{stand_in.subject}@example.org", given["accessToken"], given["refreshToken"], SECRET,
        ]  # fmt: skip
        places = {"database": everything(house.database_url), "log": capsys.readouterr().out}
        found = [
            (place, secret[:12]) for place, text in places.items() for secret in secrets
            for form in as_stored(secret) if form in text
        ]  # fmt: skip
        assert found == []
        assert given["userId"] in places["database"], "the search finds what is there"


class TestSecondFactor:
    async def test_is_asked_for_where_the_account_has_one(self, house: House, stand_in: StandIn) -> None:
        person = await signed_up(house)
        told(await link(house, person, stand_in))
        secret = await enrolled(person)
        away = await leave(house)
        refused(await come_back(house, away, code=stand_in.sign_in(away.url or "")), 401, "second-factor-required")
        code = pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30))
        foreign = Away(away.url, away.state, "another browser")
        refused(await show(house, foreign, code), 401, "trip-refused")
        refused(await show(house, away, "000000"), 401, "second-factor-refused")
        given = told(await show(house, away, code))
        assert given["userId"] == str(person.id)
        assert house.services.identity.tokens.read(given["accessToken"]).methods == ("fed", "otp")
        refused(await show(house, away, code), 401, "trip-refused")


class TestLinking:
    async def test_lets_another_sign_in_lead_to_the_same_account(self, house: House, stand_in: StandIn) -> None:
        person = await signed_up(house)
        told(await link(house, person, stand_in))
        assert (await sign_in(house, stand_in))["userId"] == str(person.id)
        assert [each["provider"] for each in told(await person.client.get(LINKS))] == ["here"]

    async def test_of_what_leads_to_another_account_is_refused(self, house: House, stand_in: StandIn) -> None:
        given = await sign_in(house, stand_in)
        person = await signed_up(house)
        refused(await link(house, person, stand_in), 409, "identity-taken")
        assert (await sign_in(house, stand_in))["userId"] == given["userId"]

    async def test_needs_a_fresh_proof_and_a_session(self, house: House, stand_in: StandIn) -> None:
        stand_in.claims = {"auth_time": int(time.time()) - 7200}
        old = with_token(house, await sign_in(house, stand_in))
        refused(await old.post(f"{LINKS}/here"), 401, "step-up-required")
        refused(await house.anonymous().post(f"{LINKS}/here"), 401, "not-authenticated")
        refused(await house.client("patient").post(f"{LINKS}/here"), 401, "not-authenticated")

    async def test_is_not_completed_by_somebody_who_has_signed_out(self, house: House, stand_in: StandIn) -> None:
        person = await signed_up(house)
        away = sent_off(await person.client.post(f"{LINKS}/here"))
        told(await person.client.post("/api/auth/logout"))
        refused(await come_back(house, away, code=stand_in.sign_in(away.url or "")), 401, "trip-refused")

    async def test_can_be_undone_and_ends_the_other_sessions(self, house: House, stand_in: StandIn) -> None:
        person = await signed_up(house)
        linked = told(await link(house, person, stand_in))["linkId"]
        by_link = await sign_in(house, stand_in)
        given = told(await person.client.delete(f"{LINKS}/{linked}"))
        assert told(await with_token(house, given).get(LINKS)) == []
        renewed = await house.anonymous().post("/api/auth/refresh", json={"refreshToken": by_link["refreshToken"]})
        refused(renewed, 401, "refresh-refused")
        assert (await sign_in(house, stand_in))["registered"]
        refused(await with_token(house, given).delete(f"{LINKS}/{linked}"), 404, "not-found")

    async def test_of_the_last_way_in_stays(self, house: House, stand_in: StandIn) -> None:
        client = with_token(house, await sign_in(house, stand_in))
        linked = told(await client.get(LINKS))[0]["id"]
        refused(await client.delete(f"{LINKS}/{linked}"), 409, "last-way-in")
        told(await client.get(ME))

    async def test_is_told_to_its_owner(self, house: House, stand_in: StandIn) -> None:
        person = await signed_up(house)
        told(await link(house, person, stand_in))
        await house.drain()
        user = await house.services.store.load(User, PLATFORM, person.id)
        assert list(user.links.values()) == ["here"]
        spool = house.services.settings.state / "spool"
        assert any("sign-in-linked" in path.read_text() for path in spool.glob("*.json"))


async def enrolled(person: Person) -> str:
    """Give somebody an authenticator; return its secret."""
    begun = told(await person.client.post("/api/auth/totp/enrol"))
    told(await person.client.post("/api/auth/totp/confirm", json={"code": pyotp.TOTP(begun["secret"]).now()}))
    secret: str = begun["secret"]
    return secret


async def show(house: House, away: Away, code: str) -> httpx.Response:
    """Show a second factor in the browser of a trip."""
    body = {"state": away.state, "code": code}
    return await house.anonymous().post("/api/auth/callback/second-factor", json=body, headers=away.cookie)
