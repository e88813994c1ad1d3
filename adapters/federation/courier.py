"""Questions to providers: no redirect is followed, nothing is awaited for long or read at length, and only JSON is an
answer. What goes wrong is logged by its kind, without what was said."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn, TypeVar

import httpx
import msgspec
import structlog

from application.ports.identity_provider import IdentityRefused, ProviderUnavailable

LARGEST_BYTES = 256 * 1024
RETRY_AFTER_SECONDS = 5
FIRST_FAILURE, FIRST_REFUSAL, FIRST_REDIRECT, TOO_MANY = 500, 400, 300, 429
T = TypeVar("T")
log = structlog.get_logger("federation")


class Reply(NamedTuple):
    """What a provider answered: a status and JSON text."""

    status: int
    content: bytes

    @property
    def good(self) -> bool:
        """Whether it is an answer to the question, and not a no."""
        return self.status < FIRST_REDIRECT


def refuse(why: str) -> NoReturn:
    """Refuse what came from a provider; ``why`` is for the log alone and holds nothing of it."""
    log.warning("federation.identity.refused", why=why)
    raise IdentityRefused("What the identity provider answered cannot be accepted: begin again, or sign in otherwise.")


def unavailable(why: str) -> NoReturn:
    """Say that a provider does not answer now."""
    log.warning("federation.provider.unavailable", why=why)
    raise ProviderUnavailable(
        "The identity provider does not answer now: try again in a moment.", retry_after=RETRY_AFTER_SECONDS
    )


def read(content: bytes, kind: type[T]) -> T:
    """Return JSON text as a structure, or refuse it."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        refuse(f"{kind.__name__} of another shape")


class Courier:
    """HTTP to one provider, each question within ``seconds`` from the first byte to the last."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._client: httpx.AsyncClient | None = None

    async def get(self, url: str, **headers: str) -> Reply:
        """Ask for a document."""
        return await self._ask("GET", url, headers)

    async def post(self, url: str, form: Mapping[str, str], **headers: str) -> Reply:
        """Send a form."""
        return await self._ask("POST", url, headers, data=form)

    async def post_json(self, url: str, body: Mapping[str, str], **headers: str) -> Reply:
        """Send JSON."""
        return await self._ask("POST", url, headers, json=body)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], **content: Any) -> Reply:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=self._seconds, follow_redirects=False, trust_env=False)
        asked = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._client.stream(method, url, headers=asked, **content) as response,
            ):
                return await _reply(response)
        except (httpx.TransportError, TimeoutError) as error:
            unavailable(type(error).__name__)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            refuse(type(error).__name__)


async def _reply(response: httpx.Response) -> Reply:
    status = response.status_code
    if status >= FIRST_FAILURE or status == TOO_MANY:
        unavailable(f"status {status}")
    if FIRST_REDIRECT <= status < FIRST_REFUSAL:
        refuse("a redirect in the place of an answer")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        refuse("an answer that is no JSON")
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > LARGEST_BYTES:
            refuse("an answer longer than any should be")
    return Reply(status, bytes(content))
