"""What a user is in an organisation."""

from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.identity.epoch import Epoch


class Standing(NamedTuple):
    """The roles held, and the versions of the user's and the membership's streams that say so: a token's epoch.

    ``until``: when the first of the roles expires, if one does.
    """

    organization_id: UUID
    roles: frozenset[str]
    epoch: Epoch
    until: datetime | None = None


class Standings(Protocol):
    """Port to memberships, as the event store itself tells them: never from something that lags."""

    async def of(self, user_id: UUID, organization_id: UUID | None) -> Standing | None:
        """Return the standing in an organisation (None: the user's own); None when the user has none there."""
        ...
