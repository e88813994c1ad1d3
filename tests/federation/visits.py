"""Going to a provider and coming back, as a browser does."""

from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx

from api.auth.federation import COOKIE
from tests.api.house import House
from tests.api.people import told

AUTHORIZE, CALLBACK = "/api/auth/providers/{}/authorize", "/auth/callback"


class Away(NamedTuple):
    """Somebody on the way: where they were sent, and what their browser keeps."""

    url: str | None
    state: str
    browser: str

    @property
    def asked(self) -> dict[str, str]:
        """What the provider is told."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.url or "").query).items()}

    @property
    def cookie(self) -> dict[str, str]:
        """The header that tells whose browser it is."""
        return {"Cookie": f"{COOKIE}={self.browser}"}


def sent_off(response: httpx.Response) -> Away:
    """Return who begins with this answer."""
    data = told(response)
    given = response.headers["set-cookie"]
    assert all(word in given for word in ("__Host-", "HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=600"))
    return Away(data["url"], data["state"], given.split(";")[0].partition("=")[2])


async def leave(house: House, provider: str = "here", **asked: Any) -> Away:
    """Begin to sign in."""
    return sent_off(await house.anonymous().get(AUTHORIZE.format(provider), params=asked))


async def come_back(house: House, away: Away, path: str = CALLBACK, **brought: str) -> httpx.Response:
    """Come back in the same browser, with what the provider gave."""
    return await house.anonymous().get(path, params={"state": away.state, **brought}, headers=away.cookie)
