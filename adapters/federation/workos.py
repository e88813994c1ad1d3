"""WorkOS AuthKit. It gives no ID token: whom it means stands in its answer to our own question, made with our key over
TLS, and is bound to the sign-in by PKCE and state."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from adapters.federation.configured import WORKOS, Provider
from adapters.federation.courier import Courier, Reply, read, refuse
from adapters.federation.id_tokens import LONGEST_SUBJECT, own_email, shown, unpadded
from adapters.federation.news import confirm, no_news
from adapters.federation.oidc import challenge, with_query
from adapters.federation.workos_members import Members
from application.ports.identity_provider import Affair, Belonging, By, Identified, Leg, News, Offer, Proof

AUTHENTICATE = "/user_management/authenticate"
CODE_GRANT = "authorization_code"
CHOICE_GRANT = "urn:workos:oauth:grant-type:organization-selection"
CHOICE_REQUIRED = "organization_selection_required"
FORBIDDEN = 403


class _User(msgspec.Struct):
    id: str
    email: str
    email_verified: bool
    first_name: str | None = None
    last_name: str | None = None
    last_sign_in_at: datetime | None = None


class _Authenticated(msgspec.Struct):
    user: _User
    access_token: str


class _Named(msgspec.Struct):
    id: str


class _Choice(msgspec.Struct):
    code: str
    pending_authentication_token: str
    organizations: list[_Named]


class _Session(msgspec.Struct):
    sid: str
    sub: str


class _Told(msgspec.Struct):
    id: str
    event: str
    data: dict[str, Any]


AFFAIRS = {
    "session.revoked": Affair.SESSION_ENDED,
    "user.deleted": Affair.USER_DELETED,
    "organization_membership.created": Affair.MEMBERSHIP_CHANGED,
    "organization_membership.updated": Affair.MEMBERSHIP_CHANGED,
    "organization_membership.deleted": Affair.MEMBERSHIP_CHANGED,
}
LONGEST_NEWS_ID = 128


class AuthKit:
    """IdentityProvider over WorkOS's API, for one of its clients."""

    def __init__(self, name: str, provider: Provider, courier: Courier) -> None:
        assert provider.client_secret is not None, "settings saw to it"
        self.offer = Offer(name, provider.label or name, By.CODE)
        self.base = (provider.issuer or WORKOS).rstrip("/")
        self.issuer = f"{self.base}/user_management/{provider.client_id}"
        self._client_id = provider.client_id
        self._key = provider.client_secret
        self._courier = courier
        self._webhook_secret = provider.webhook_secret
        self._members = Members(courier, self.base, self._key, provider.roles)

    async def departure(self, leg: Leg) -> str:
        """Return the address of the hosted sign-in."""
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": leg.redirect_uri,
            "provider": "authkit",
            "state": leg.state,
            "code_challenge": challenge(leg.verifier),
            "code_challenge_method": "S256",
        }
        return with_query(f"{self.base}/user_management/authorize", asked)

    async def arrival(self, leg: Leg, proof: Proof) -> Identified:
        """Exchange the code for the user it is of."""
        reply = await self._authenticate(CODE_GRANT, code=proof.text, code_verifier=leg.verifier)
        if reply.status == FORBIDDEN:
            reply = await self._chosen(reply)
        if not reply.good:
            refuse(f"the code was refused with {reply.status}")
        answer = read(reply.content, _Authenticated)
        user = answer.user
        if not 0 < len(user.id) <= LONGEST_SUBJECT:
            refuse("an answer about nobody")
        return Identified(
            self.issuer, user.id, own_email(user.email, verified=user.email_verified),
            shown(f"{user.first_name or ''} {user.last_name or ''}"), _aware(user.last_sign_in_at),
            _session(answer.access_token, user.id),
        )  # fmt: skip

    async def belongings(self, subject: str, organization: str = "") -> list[Belonging]:
        """Ask for somebody's memberships: they may have changed since any message about them."""
        return await self._members.of(subject, organization)

    def news(self, body: bytes, signature: str, now: datetime) -> News:
        """Return what a webhook of WorkOS says."""
        if self._webhook_secret is None:
            no_news()
        confirm(self._webhook_secret.get_secret_value().encode(), body, signature, now)
        told = read(body, _Told)
        if not 0 < len(told.id) <= LONGEST_NEWS_ID or "\0" in told.id:
            refuse("news without an id")
        affair = AFFAIRS.get(told.event, Affair.OTHER)
        user, organization, about = (str(told.data.get(name, "")) for name in ("user_id", "organization_id", "id"))
        if affair is Affair.MEMBERSHIP_CHANGED:
            return News(told.id, affair, self.issuer, subject=user, organization=organization)
        if affair is Affair.SESSION_ENDED:
            return News(told.id, affair, self.issuer, session=about)
        return News(told.id, affair, self.issuer, subject=about)

    async def _chosen(self, reply: Reply) -> Reply:
        """Go on where somebody of several organisations is asked for one: which, does not matter for who they are."""
        choice = read(reply.content, _Choice)
        if choice.code != CHOICE_REQUIRED or not choice.organizations:
            refuse("a sign-in that is not complete")
        return await self._authenticate(
            CHOICE_GRANT, pending_authentication_token=choice.pending_authentication_token,
            organization_id=choice.organizations[0].id,
        )  # fmt: skip

    async def _authenticate(self, grant: str, **more: str) -> Reply:
        body = {
            "client_id": self._client_id, "client_secret": self._key.get_secret_value(), "grant_type": grant, **more,
        }  # fmt: skip
        return await self._courier.post_json(self.base + AUTHENTICATE, body)


def _aware(at: datetime | None) -> datetime | None:
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)


def _session(access_token: str, subject: str) -> str | None:
    """Return the provider's session. The token came with the answer itself, so its signature would add nothing."""
    parts = access_token.split(".")
    if len(parts) != 3:
        return None
    try:
        session = msgspec.json.decode(unpadded(parts[1]), type=_Session)
    except (msgspec.MsgspecError, ValueError):
        return None
    if session.sub != subject:
        refuse("a session of somebody else")
    return session.sid
