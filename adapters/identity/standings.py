"""What a user is in an organisation, read from the streams that say so."""

from uuid import UUID

from application.ports.event_store import EventStore
from application.ports.standings import Standing
from domain.identity.epoch import Epoch
from domain.identity.platform import PLATFORM
from domain.identity.user import User

#: What everyone is in the organisation of their own.
OWN_ROLES = frozenset({"patient"})


class StreamStandings:
    """Standings by the user's own organisation."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    async def of(self, user_id: UUID, organization_id: UUID | None) -> Standing | None:
        """Return a user's standing."""
        user = await self._store.load(User, PLATFORM, user_id)
        if not user.version or organization_id not in (None, user.organization_id):
            return None
        return Standing(user.organization_id, OWN_ROLES, Epoch(user.version, 0))
