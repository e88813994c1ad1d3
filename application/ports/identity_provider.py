"""Identity providers: others who say who somebody is. What they answer is believed only after it was checked."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.kernel.errors import Kind, Refused


class IdentityRefused(Refused):
    """What came back from the provider cannot be believed; what was wrong with it stands in the log, not here."""

    code = "identity-refused"
    kind = Kind.UNAUTHENTICATED


class ProviderUnavailable(Refused):
    """The provider does not answer, or not in time."""

    code = "provider-unavailable"
    kind = Kind.UNAVAILABLE


class By(StrEnum):
    """How one comes back from a provider: sent back with a code, or with a token its own client was given."""

    CODE = "code"
    TOKEN = "token"  # noqa: S105 - a word of the protocol


class Offer(NamedTuple):
    """A provider as it is shown to whoever wants to sign in."""

    name: str
    label: str
    by: By


class Leg(NamedTuple):
    """What a provider is told of one sign-in, or must know to judge the answer. ``fresh``: the provider has to ask who
    it is again, whoever is signed in there."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    begun_at: datetime
    fresh: bool = False


class Proof(NamedTuple):
    """What came back: a code or a token, and the issuer that the answer names, where it names one (RFC 9207)."""

    text: str
    issuer: str | None = None


class Identified(NamedTuple):
    """Whom the provider means. ``email``: only where it says that the address is theirs.

    ``proven_at``: when they last showed who they are, where it says so; ``session``: the provider's own session.
    """

    issuer: str
    subject: str
    email: str | None = None
    name: str | None = None
    proven_at: datetime | None = None
    session: str | None = None


class Affair(StrEnum):
    """What a provider tells of by itself, as far as it is of any concern here."""

    SESSION_ENDED = "session-ended"
    USER_DELETED = "user-deleted"
    MEMBERSHIP_CHANGED = "membership-changed"
    OTHER = "other"


class News(NamedTuple):
    """What a provider told by itself, signed. ``id``: the same however often it is told; ``session`` and
    ``organization``: its own."""

    id: str
    affair: Affair
    issuer: str
    subject: str = ""
    session: str = ""
    organization: str = ""


class Belonging(NamedTuple):
    """What somebody is in one of our organisations, as the provider has it; no ``roles``: nothing."""

    organization_id: UUID
    roles: tuple[str, ...]


class IdentityProvider(Protocol):
    """Port to one provider. Every method may raise IdentityRefused and ProviderUnavailable."""

    @property
    def offer(self) -> Offer:
        """How it is shown."""
        ...

    async def departure(self, leg: Leg) -> str | None:
        """Return where to send the browser; None where the provider's own client has to be used."""
        ...

    async def arrival(self, leg: Leg, proof: Proof) -> Identified:
        """Return whom the provider means, or refuse."""
        ...

    async def belongings(self, subject: str, organization: str = "") -> list[Belonging]:
        """Return where somebody belongs, also that they do not to an ``organization`` of the provider's."""
        ...

    def news(self, body: bytes, signature: str, now: datetime) -> News:
        """Return what the provider tells by itself. Raises NotFound where it is not known to."""
        ...


Providers = Mapping[str, IdentityProvider]
