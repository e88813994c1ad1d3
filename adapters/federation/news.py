"""News of providers: signed as WorkOS signs its webhooks, and noted in PostgreSQL once they are settled."""

import hmac
from datetime import datetime
from typing import NoReturn

from adapters.federation.courier import refuse
from adapters.identity.table import Asking
from application.ports.identity_provider import Belonging, News
from domain.kernel.errors import NotFound

#: How far the time a message was signed at may be from ours.
TOLERANCE_SECONDS = 180
#: A moment is given in milliseconds; one of fewer digits, in seconds.
LEAST_MILLISECONDS, LONGEST_DIGITS, LONGEST_HEADER = 10**11, 15, 1024
_BEFORE = b"SELECT 1 FROM identity.provider_news WHERE provider = %(provider)s AND news_id = %(news)s"
_SETTLE = b"""INSERT INTO identity.provider_news (provider, news_id) VALUES (%(provider)s, %(news)s)
    ON CONFLICT DO NOTHING"""


class StoredNews(Asking):
    """Heard over a pool."""

    async def before(self, provider: str, news_id: str) -> bool:
        """Ask for it."""
        return await self._row(_BEFORE, {"provider": provider, "news": news_id}) is not None

    async def settle(self, provider: str, news_id: str) -> None:
        """Note it."""
        await self._rows(_SETTLE, {"provider": provider, "news": news_id})


class TellsNothing:
    """Base of providers that tell nothing by themselves, and know of no organisations."""

    async def belongings(self, subject: str, organization: str = "") -> list[Belonging]:
        """Return nothing."""
        return []

    def news(self, body: bytes, signature: str, now: datetime) -> News:
        """Raise NotFound."""
        no_news()


def no_news() -> NoReturn:
    """Say that nothing is listened to here."""
    raise NotFound("This identity provider tells nothing here.")


def confirm(secret: bytes, body: bytes, signature: str, now: datetime) -> None:
    """Raise IdentityRefused unless ``body`` was signed a moment ago: ``t=TIME, v1=HMAC-SHA-256 of TIME.BODY``."""
    if not signature.isascii() or len(signature) > LONGEST_HEADER:
        refuse("a signature that is none")
    parts = dict(part.strip().partition("=")[::2] for part in signature.split(","))
    at, given = parts.get("t", ""), parts.get("v1", "")
    if not at.isdigit() or len(at) > LONGEST_DIGITS:
        refuse("a signature without a time")
    if not hmac.compare_digest(hmac.digest(secret, at.encode() + b"." + body, "sha256").hex(), given):
        refuse("a message signed by somebody else")
    seconds = int(at) / 1000 if int(at) >= LEAST_MILLISECONDS else int(at)
    if abs(now.timestamp() - seconds) > TOLERANCE_SECONDS:
        refuse("a message of another time")
