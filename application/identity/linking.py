"""What leads to one's account from elsewhere: linked and unlinked only by who has just proven who they are."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from application.identity.admission import Admission, grant, standing_in
from application.identity.doors import Doors, Visit
from application.identity.federating import Departure, depart
from application.identity.unlink_identity import UnlinkIdentity
from application.ports.trips import Trip
from domain.identity.kinds import Errand, LinkEnd
from domain.identity.platform import PLATFORM
from domain.identity.session import SessionOver
from domain.identity.user import User
from domain.kernel.step_up import check_fresh


class Owner(NamedTuple):
    """Who asks, by which session, and when they last proved who they are."""

    user_id: UUID
    session_id: UUID
    proven_at: datetime | None


async def links(doors: Doors, user_id: UUID) -> dict[UUID, str]:
    """Return the identities that lead to the account, with their providers."""
    return dict((await doors.store.load(User, PLATFORM, user_id)).links)


async def begin(doors: Doors, visit: Visit, owner: Owner, provider: str) -> Departure:
    """Go and fetch another identity. Raises StepUpRequired, NotFound."""
    check_fresh(owner.proven_at, visit.now)
    return await depart(doors, visit, Trip(provider, Errand.LINK, owner.user_id, owner.session_id))


async def remove(doors: Doors, visit: Visit, owner: Owner, link_id: UUID) -> Admission:
    """Let an identity lead here no more; all other sessions end. Raises StepUpRequired, NotFound, LastWayIn."""
    proven_at = check_fresh(owner.proven_at, visit.now)
    user_id = owner.user_id
    (await doors.store.load(User, PLATFORM, user_id)).unlink(link_id, LinkEnd.REMOVED)
    ended = tuple(await doors.refresh_tokens.end_all(user_id, but=owner.session_id))
    command = UnlinkIdentity(user_id=user_id, link_id=link_id, reason=LinkEnd.REMOVED, ended=ended)
    await doors.act(command, visit, user_id)
    session = await doors.refresh_tokens.proven(owner.session_id, [], proven_at)
    if session is None:
        raise SessionOver("This session has ended: sign in again.")
    return grant(doors, session, await standing_in(doors, user_id, session.organization_id), None)
