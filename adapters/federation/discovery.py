"""What a provider says of itself (OpenID Connect Discovery 1.0), believed only within the hosts it was named with."""

import asyncio
from time import monotonic
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from adapters.federation.configured import Provider, secure
from adapters.federation.courier import Courier, read, refuse

BELIEVED_SECONDS = 3600.0
PATH = "/.well-known/openid-configuration"


class Document(msgspec.Struct):
    """What we look at of it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False

    @property
    def addresses(self) -> list[str]:
        """Everything it sends us, or the person, to."""
        named = [self.authorization_endpoint, self.token_endpoint, self.jwks_uri, self.userinfo_endpoint]
        return [address for address in named if address is not None]


class _Known(NamedTuple):
    document: Document
    read_at: float


class Discovery:
    """One provider's document, asked for again once an hour."""

    def __init__(self, courier: Courier, provider: Provider) -> None:
        self._courier = courier
        self._provider = provider
        self._known: _Known | None = None
        self._lock = asyncio.Lock()

    async def document(self) -> Document:
        """Return it. Raises IdentityRefused, ProviderUnavailable."""
        async with self._lock:
            if self._known is None or monotonic() - self._known.read_at > BELIEVED_SECONDS:
                self._known = _Known(await self._read(), monotonic())
            return self._known.document

    async def keys_address(self) -> str:
        """Return where its keys are."""
        return (await self.document()).jwks_uri

    async def _read(self) -> Document:
        issuer = self._provider.issuer
        reply = await self._courier.get(issuer.rstrip("/") + PATH)
        if not reply.good:
            refuse(f"discovery answered with {reply.status}")
        document = read(reply.content, Document)
        if document.issuer != issuer:
            refuse("discovery of another issuer")
        trusted = {urlsplit(issuer).netloc, *self._provider.hosts}
        for address in document.addresses:
            if not secure(address) or urlsplit(address).netloc not in trusted:
                refuse("discovery that leads elsewhere")
        return document
