"""What a user is in an organisation, read from the streams that say so."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from application.ports.event_store import EventStore
from application.ports.standings import Standing
from domain.identity.epoch import Epoch, membership_id
from domain.identity.giving import OWNER
from domain.identity.membership import Membership
from domain.identity.organization import Organization
from domain.identity.platform import PLATFORM
from domain.identity.user import User

#: What everyone is in the organisation of their own, also before that has come about.
OWN_ROLES = frozenset({OWNER})


def _now() -> datetime:
    return datetime.now(UTC)


class StreamStandings:
    """Standings by the membership's own stream. In an organisation that is closed nobody has one."""

    def __init__(self, store: EventStore, now: Callable[[], datetime] = _now) -> None:
        self._store = store
        self._now = now

    async def of(self, user_id: UUID, organization_id: UUID | None) -> Standing | None:
        """Return a user's standing."""
        user = await self._store.load(User, PLATFORM, user_id)
        if not user.version:
            return None
        wanted, now = organization_id or user.organization_id, self._now()
        member = await self._store.load(Membership, wanted, membership_id(wanted, user_id))
        if member.member and not (await self._store.load(Organization, wanted, wanted)).closed:
            epoch = Epoch(user.version, member.version)
            return Standing(wanted, member.held(now), epoch, member.until(now))
        if wanted == user.organization_id and not member.version:
            return Standing(wanted, OWN_ROLES, Epoch(user.version, 0))
        return None
