"""What a user is in an organisation."""

from typing import NamedTuple, Protocol
from uuid import UUID


class Standing(NamedTuple):
    """The roles held, and the position of the log up to which that is known: a token's epoch."""

    organization_id: UUID
    roles: frozenset[str]
    epoch: int


class Standings(Protocol):
    """Port to memberships, as the event store itself tells them: never from something that lags."""

    async def of(self, user_id: UUID, organization_id: UUID | None) -> Standing | None:
        """Return the standing in an organisation (None: the user's own); None when the user has none there."""
        ...
