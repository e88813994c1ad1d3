"""Trips to identity providers: begun in one browser, come back from once, within ten minutes."""

from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.identity.kinds import Errand


class Trip(NamedTuple):
    """What was decided when it began. ``user_id``, ``session_id``: of whoever wants to link.

    ``register``: whether an account may begin with it; ``cookie``: how the refresh token is to be handed over;
    ``fresh``: the provider has to ask again who it is.
    """

    provider: str
    errand: Errand
    user_id: UUID | None = None
    session_id: UUID | None = None
    organization_id: UUID | None = None
    register: bool = True
    cookie: bool = False
    fresh: bool = False


class Ticket(NamedTuple):
    """``state`` travels to the provider and back; ``browser`` stays in the browser. Only their hashes are kept."""

    state: str
    browser: str


class Begun(NamedTuple):
    """A trip, and when it began."""

    trip: Trip
    begun_at: datetime


class Secrets(NamedTuple):
    """What a trip's answer is tied to: made from its state under the platform's key, and kept nowhere."""

    nonce: str
    verifier: str


class Held(NamedTuple):
    """Someone who came back and still has to show a second factor."""

    trip: Trip
    user_id: UUID
    provider_session: UUID | None


class Trips(Protocol):
    """Port to the trips under way."""

    async def begin(self, trip: Trip) -> Ticket:
        """Begin one."""
        ...

    async def secrets(self, state: str) -> Secrets:
        """Return what its answer is tied to."""
        ...

    async def come_back(self, ticket: Ticket) -> Begun | None:
        """Use a trip up; None when it is none, over, another browser's, or was used before."""
        ...

    async def hold(self, ticket: Ticket, user_id: UUID, provider_session: UUID | None) -> None:
        """Keep who came back until a second factor is shown, as long as the trip would have lasted."""
        ...

    async def held(self, ticket: Ticket) -> Held | None:
        """Return who waits."""
        ...

    async def let_go(self, ticket: Ticket) -> bool:
        """Forget who waited; False when somebody else just did."""
        ...
