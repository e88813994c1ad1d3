"""Services of others: asked for something small with our key, so that a refused key shows before it is needed."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import httpx

from adapters.authorities import authorities
from adapters.health.checker import NOT_CONFIGURED, Look, Seen, State
from adapters.settings import Settings
from adapters.vendors import Secret

SECONDS = 1.8
OK_BELOW, REFUSED, BUSY, FAILED = 300, frozenset({401, 403}), 429, 500


class Vendor(NamedTuple):
    """Where a service is, what is asked of it, and with which headers; None where our key is not given."""

    home: str
    path: Callable[[Settings], str]
    headers: Callable[[Settings], dict[str, str] | None]
    login: Callable[[Settings], tuple[str, str] | None] = lambda _: None


def _bearer(
    field: str, header: str = "Authorization", scheme: str = "Bearer "
) -> Callable[[Settings], dict[str, str] | None]:
    def headers(settings: Settings) -> dict[str, str] | None:
        key: Secret = getattr(settings, field)
        return {header: f"{scheme}{key.get_secret_value()}"} if key else None

    return headers


def _twilio(settings: Settings) -> tuple[str, str] | None:
    token = settings.twilio_auth_token
    return (settings.twilio_account_sid or "", token.get_secret_value()) if token else None


def _at(path: str) -> Callable[[Settings], str]:
    return lambda _: path


VENDORS: Mapping[str, Vendor] = {
    "workos": Vendor("https://api.workos.com", _at("/organizations?limit=1"), _bearer("workos_api_key")),
    "stripe": Vendor("https://api.stripe.com", _at("/v1/balance"), _bearer("stripe_secret_key")),
    "novu": Vendor(
        "https://api.novu.co", _at("/v1/environments/me"), _bearer("novu_secret_key", scheme="ApiKey ")
    ),
    "upstash-qstash": Vendor("https://qstash.upstash.io", _at("/v2/queues"), _bearer("qstash_token")),
    "resend": Vendor("https://api.resend.com", _at("/domains"), _bearer("resend_api_key")),
    "sendgrid": Vendor("https://api.sendgrid.com", _at("/v3/scopes"), _bearer("sendgrid_api_key")),
    "twilio": Vendor(
        "https://api.twilio.com", lambda s: f"/2010-04-01/Accounts/{s.twilio_account_sid}.json",
        lambda s: {} if s.twilio_auth_token else None, _twilio,
    ),
    "supabase": Vendor("", _at("/storage/v1/bucket"), _bearer("supabase_service_key", "apikey", "")),
    "posthog": Vendor("https://eu.i.posthog.com", _at("/_health"), _bearer("posthog_api_key", "X-Key", "")),
    "vercel": Vendor("https://api.vercel.com", _at("/v2/user"), _bearer("vercel_token")),
}  # fmt: skip


def looks(settings: Settings) -> dict[str, Look]:
    """Return how each is looked at."""
    return {name: partial(look, settings, name, vendor) for name, vendor in VENDORS.items()}


async def look(settings: Settings, name: str, vendor: Vendor) -> Seen:
    """Ask a service; what it answers is not read. Raises httpx.HTTPError."""
    headers = vendor.headers(settings)
    if headers is None:
        return NOT_CONFIGURED
    given = settings.vendor_urls.get(name) or (settings.supabase_url if name == "supabase" else None)
    base = str(given or vendor.home).rstrip("/")
    async with httpx.AsyncClient(timeout=SECONDS, follow_redirects=False, verify=authorities()) as client:
        login = vendor.login(settings)
        request = client.build_request("GET", f"{base}{vendor.path(settings)}", headers=headers)
        answer = await client.send(request, stream=True, auth=httpx.BasicAuth(*login) if login else None)
        await answer.aclose()
    return judged(answer.status_code)


def judged(status: int) -> Seen:
    """Return what a status tells."""
    facts = {"status": status}
    if status in REFUSED:
        return Seen(State.DEGRADED, "our key is refused", facts)
    if status == BUSY:
        return Seen(State.DEGRADED, "we ask too often", facts)
    if status >= FAILED:
        return Seen(State.DOWN, "it answers with a failure of its own", facts)
    return Seen(State.HEALTHY, "", facts) if status < OK_BELOW else Seen(State.DEGRADED, "an unexpected answer", facts)
