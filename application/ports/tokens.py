"""Tokens: short ones that say what their bearer may do, and the long ones they are renewed with."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.identity.epoch import Epoch
from domain.identity.kinds import Method
from domain.kernel.errors import Kind, Refused


class NotAuthenticated(Refused):
    """No valid bearer token came with the request."""

    code = "not-authenticated"
    kind = Kind.UNAUTHENTICATED


class RefreshRefused(Refused):
    """The refresh token is not one, has expired, or was used before."""

    code = "refresh-refused"
    kind = Kind.UNAUTHENTICATED


class Bearer(NamedTuple):
    """What an access token says."""

    user_id: UUID
    tenant_id: UUID
    session_id: UUID
    roles: frozenset[str]
    methods: tuple[Method, ...]
    authenticated_at: datetime
    epoch: Epoch
    scopes: frozenset[str] = frozenset()


class AccessToken(NamedTuple):
    """A signed token and the seconds it lives."""

    text: str
    seconds: int


class AccessTokens(Protocol):
    """Port to the signing and reading of access tokens."""

    def sign(self, bearer: Bearer, until: datetime | None = None) -> AccessToken:
        """Return a token that says so, and no longer than ``until``."""
        ...

    def read(self, text: str) -> Bearer:
        """Return what a token says that was signed here and has not expired. Raises NotAuthenticated."""
        ...


class SignedIn(NamedTuple):
    """A session as its refresh tokens know it."""

    session_id: UUID
    user_id: UUID
    organization_id: UUID
    methods: tuple[Method, ...]
    authenticated_at: datetime


class Renewed(NamedTuple):
    """The next refresh token. ``reused``: instead of one, the session ended, for the token had been used before."""

    session: SignedIn
    token: str | None

    @property
    def reused(self) -> bool:
        """Whether the token presented had been used before."""
        return self.token is None


class RefreshTokens(Protocol):
    """Port to the refresh tokens: one family per session, each token used once."""

    async def begin(self, session: SignedIn) -> str:
        """Begin a family; return its first token."""
        ...

    async def session_of(self, token: str) -> SignedIn | None:
        """Return whose token this is, used or not, while its session goes on; nothing is changed."""
        ...

    async def renew(self, token: str, presenter: str) -> Renewed:
        """Return the token's one successor, the same to the same presenter for ten seconds, or end the family.

        Raises RefreshRefused.
        """
        ...

    async def move(self, session_id: UUID, organization_id: UUID) -> SignedIn | None:
        """Let a session act in another organisation from now on; None when it is over."""
        ...

    async def alive(self, user_id: UUID) -> list[UUID]:
        """Return the user's sessions that can go on."""
        ...

    async def proven(self, session_id: UUID, methods: Sequence[Method], at: datetime) -> SignedIn | None:
        """Note that the user proved once more who they are, by ``methods``; None when the session is over."""
        ...

    async def came_from(self, session_id: UUID, provider_session: UUID) -> None:
        """Note by which session of a provider a session came about (a keyed hash)."""
        ...

    async def by_provider(self, provider_session: UUID) -> list[SignedIn]:
        """Return the sessions that came about by a provider's and can go on."""
        ...

    async def end(self, session_id: UUID) -> None:
        """End a session's family."""
        ...

    async def end_all(self, user_id: UUID, but: UUID | None = None) -> list[UUID]:
        """End every family of a user's, ``but`` one; return those that ended now."""
        ...
