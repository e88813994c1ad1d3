"""Any OpenID Connect provider: the authorisation code flow with PKCE (RFC 7636) and a nonce."""

from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256
from urllib.parse import quote, urlencode

import msgspec

from adapters.federation.configured import Provider
from adapters.federation.courier import Courier, read, refuse
from adapters.federation.discovery import Discovery, Document
from adapters.federation.id_tokens import Expected, identified, own_email, shown, verified
from adapters.federation.key_sets import KeySets
from adapters.federation.news import TellsNothing
from application.ports.identity_provider import By, Identified, Leg, Offer, Proof


class _Tokens(msgspec.Struct):
    id_token: str
    access_token: str
    token_type: str


class _UserInfo(msgspec.Struct):
    sub: str
    email: str | None = None
    email_verified: bool | None = None
    name: str | None = None


class OpenIdConnect(TellsNothing):
    """IdentityProvider by discovery."""

    def __init__(self, name: str, provider: Provider, courier: Courier) -> None:
        self.offer = Offer(name, provider.label or name, By.CODE)
        self._provider = provider
        self._courier = courier
        self._discovery = Discovery(courier, provider)
        self._keys = KeySets(courier, self._discovery.keys_address)

    async def departure(self, leg: Leg) -> str:
        """Return the authorisation endpoint with all it has to be told."""
        document = await self._discovery.document()
        asked = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": leg.redirect_uri,
            "scope": " ".join(sorted({"openid"} | self._provider.scopes)),
            "state": leg.state,
            "nonce": leg.nonce,
            "code_challenge": challenge(leg.verifier),
            "code_challenge_method": "S256",
        }
        if leg.fresh:
            asked |= {"prompt": "login", "max_age": "0"}
        return with_query(document.authorization_endpoint, asked)

    async def arrival(self, leg: Leg, proof: Proof) -> Identified:
        """Exchange the code, check the token, and ask for what the token leaves out."""
        document = await self._discovery.document()
        named = proof.issuer is not None or document.authorization_response_iss_parameter_supported
        if named and proof.issuer != document.issuer:
            refuse("an answer of another issuer")
        tokens = await self._exchanged(document, leg, proof.text)
        expected = Expected(
            document.issuer, self._provider.client_id, leg.begun_at, leg.nonce, tokens.access_token, leg.fresh
        )  # fmt: skip
        found = identified(await verified(tokens.id_token, expected, self._keys.key))
        if found.email is None and document.userinfo_endpoint:
            return await self._completed(document.userinfo_endpoint, tokens.access_token, found)
        return found

    async def _exchanged(self, document: Document, leg: Leg, code: str) -> _Tokens:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": leg.redirect_uri,
            "code_verifier": leg.verifier, "client_id": self._provider.client_id,
        }  # fmt: skip
        headers = {}
        secret = self._provider.client_secret
        if secret is not None and "client_secret_basic" in document.token_endpoint_auth_methods_supported:
            headers["Authorization"] = basic(self._provider.client_id, secret.get_secret_value())
        elif secret is not None:
            form["client_secret"] = secret.get_secret_value()
        reply = await self._courier.post(document.token_endpoint, form, **headers)
        if not reply.good:
            refuse(f"the code was refused with {reply.status}")
        tokens = read(reply.content, _Tokens)
        if tokens.token_type.lower() != "bearer":
            refuse("tokens of another type")
        return tokens

    async def _completed(self, address: str, access_token: str, found: Identified) -> Identified:
        reply = await self._courier.get(address, Authorization=f"Bearer {access_token}")
        if not reply.good:
            return found
        told = read(reply.content, _UserInfo)
        if told.sub != found.subject:
            refuse("details of somebody else")
        email = own_email(told.email, verified=told.email_verified is True)
        return found._replace(email=email, name=found.name or shown(told.name))


def challenge(verifier: str) -> str:
    """Return what a verifier is announced by."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def with_query(address: str, asked: dict[str, str]) -> str:
    """Return an address with more in its query."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"


def basic(client_id: str, secret: str) -> str:
    """Return client credentials as RFC 6749 2.3.1 wants them: each form-encoded first."""
    both = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {b64encode(both.encode()).decode()}"
