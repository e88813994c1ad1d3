"""Signing in by a provider that others wrote: npm's oidc-provider, with its own pages, cookies, consent and keys."""

import re
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from pydantic import SecretStr

from adapters.federation.configured import Provider
from adapters.settings import Settings
from tests.api.house import Ground, House, open_house
from tests.api.people import refused, told, with_token
from tests.federation.npm import running
from tests.federation.visits import come_back, leave

CLIENT, SECRET = "caretrail", "a-secret-of-the-client/+%"
CALLBACK = Settings().callback_url
FORM = re.compile(r'action="([^"]+)"')


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The provider, running."""
    with running("oidc.mjs", CLIENT, SECRET, CALLBACK) as address:
        yield address


@pytest.fixture
async def house(ground: Ground, redis_url: str, issuer: str) -> AsyncIterator[House]:
    """A house that knows it."""
    there = Provider(issuer=issuer, client_id=CLIENT, client_secret=SecretStr(SECRET))
    async with open_house(ground, redis_url, identity_providers={"there": there}) as made:
        yield made


async def through_the_pages(url: str, login: str, browser: httpx.AsyncClient) -> dict[str, str]:
    """Follow the provider's pages as a person does, sign in and consent; return what one is sent back with."""
    answer = await browser.get(url)
    for _ in range(12):
        if answer.is_redirect:
            target = answer.headers["location"]
            if target.startswith(CALLBACK):
                return dict(httpx.URL(target).params)
            answer = await browser.get(str(answer.url.join(target)))
            continue
        prompt = "login" if 'name="login"' in answer.text else "consent"
        action = FORM.search(answer.text)
        assert action, answer.text
        answer = await browser.post(
            str(answer.url.join(action[1])), data={"prompt": prompt, "login": login, "password": "any"}
        )  # fmt: skip
    raise AssertionError("the pages lead nowhere")


class TestOidcProvider:
    @pytest.mark.requirement("R001")
    async def test_is_believed_from_discovery_to_details(self, house: House) -> None:
        given = []
        for _ in range(2):
            away = await leave(house, "there", fresh=True)
            async with httpx.AsyncClient() as browser:
                brought = await through_the_pages(away.url or "", "ana", browser)
            assert brought.pop("state") == away.state
            assert brought["iss"]
            given.append(told(await come_back(house, away, **brought)))
        assert [each["registered"] for each in given] == [True, False]
        assert given[0]["userId"] == given[1]["userId"]
        shown = told(await with_token(house, given[1]).get("/api/users/me"))
        assert (shown["email"], shown["name"]) == ("ana@example.org", "Ana Sousa")
        bearer = house.services.identity.tokens.read(given[1]["accessToken"])
        assert bearer.authenticated_at.timestamp() > 0, "it says when they signed in"

    async def test_that_does_not_vouch_for_an_address_begins_no_account(self, house: House) -> None:
        away = await leave(house, "there")
        async with httpx.AsyncClient() as browser:
            brought = await through_the_pages(away.url or "", "unverified-bea", browser)
        del brought["state"]
        refused(await come_back(house, away, **brought), 403, "email-unverified")

    async def test_takes_a_code_once_and_only_with_the_verifier_of_its_trip(self, house: House) -> None:
        first, second = await leave(house, "there"), await leave(house, "there")
        async with httpx.AsyncClient() as browser:
            brought = await through_the_pages(first.url or "", "cem", browser)
        stolen = {"code": brought["code"], "iss": brought["iss"]}
        refused(await come_back(house, second, **stolen), 401, "identity-refused")

    async def test_that_was_declined_signs_nobody_in(self, house: House) -> None:
        away = await leave(house, "there")
        async with httpx.AsyncClient() as browser:
            page = await browser.get(away.url or "", follow_redirects=True)
            abort = re.search(r'href="([^"]+/abort)"', page.text)
            assert abort
            answer = await browser.get(str(page.url.join(abort[1])))
            while not (target := answer.headers["location"]).startswith(CALLBACK):
                answer = await browser.get(str(answer.url.join(target)))
        brought = dict(httpx.URL(target).params)
        del brought["state"]
        assert brought["error"] == "access_denied"
        refused(await come_back(house, away, **brought), 401, "provider-declined")
