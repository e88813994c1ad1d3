"""What leads to one's account from elsewhere: linked and unlinked only by who has just proven who they are."""

from datetime import datetime, timedelta
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
from domain.kernel.errors import Kind, Refused

FRESH, SKEW = timedelta(minutes=5), timedelta(minutes=1)


class ProofTooOld(Refused):
    """The caller has not proven lately enough who they are (RFC 9470)."""

    code = "step-up-required"
    kind = Kind.UNAUTHENTICATED


class Owner(NamedTuple):
    """Who asks, by which session, and when they last proved who they are."""

    user_id: UUID
    session_id: UUID
    proven_at: datetime | None


async def links(doors: Doors, user_id: UUID) -> dict[UUID, str]:
    """Return the identities that lead to the account, with their providers."""
    return dict((await doors.store.load(User, PLATFORM, user_id)).links)


async def begin(doors: Doors, visit: Visit, owner: Owner, provider: str) -> Departure:
    """Go and fetch another identity. Raises ProofTooOld, NotFound."""
    _lately(owner, visit.now)
    return await depart(doors, visit, Trip(provider, Errand.LINK, owner.user_id, owner.session_id))


async def remove(doors: Doors, visit: Visit, owner: Owner, link_id: UUID) -> Admission:
    """Let an identity lead here no more; all other sessions end. Raises ProofTooOld, NotFound, LastWayIn."""
    _lately(owner, visit.now)
    user_id = owner.user_id
    (await doors.store.load(User, PLATFORM, user_id)).unlink(link_id, LinkEnd.REMOVED)
    ended = tuple(await doors.refresh_tokens.end_all(user_id, but=owner.session_id))
    command = UnlinkIdentity(user_id=user_id, link_id=link_id, reason=LinkEnd.REMOVED, ended=ended)
    await doors.act(command, visit, user_id)
    session = await doors.refresh_tokens.proven(owner.session_id, [], owner.proven_at or visit.now)
    if session is None:
        raise SessionOver("This session has ended: sign in again.")
    return grant(doors, session, await standing_in(doors, user_id, session.organization_id), None)


def _lately(owner: Owner, now: datetime) -> None:
    if owner.proven_at is None or not now - FRESH <= owner.proven_at <= now + SKEW:
        raise ProofTooOld("Prove once more who you are: this needs a fresh proof.", max_age=FRESH.seconds)
