"""Signing out: here, elsewhere, everywhere. The tokens stop first; then it is told."""

from uuid import UUID

from application.identity.doors import Doors, Visit
from application.identity.end_sessions import EndSessions
from application.identity.sign_out_everywhere import SignOutEverywhere
from domain.identity.kinds import SessionEnd
from domain.identity.platform import PLATFORM
from domain.identity.session import Session
from domain.kernel.errors import NotFound


async def end(doors: Doors, visit: Visit, user_id: UUID, session_id: UUID, reason: SessionEnd) -> None:
    """End one of the user's own sessions; repeated, it says the same. Raises NotFound."""
    session = await doors.store.load(Session, PLATFORM, session_id)
    if not session.version or session.user_id != user_id:
        raise NotFound("There is no such session here.", id=str(session_id))
    await doors.refresh_tokens.end(session_id)
    await doors.act(EndSessions(user_id=user_id, session_ids=(session_id,), reason=reason), visit, user_id)


async def end_all(doors: Doors, visit: Visit, user_id: UUID) -> int:
    """End all of the user's sessions; return how many there were."""
    ended = tuple(await doors.refresh_tokens.end_all(user_id))
    await doors.act(SignOutEverywhere(user_id=user_id, session_ids=ended), visit, user_id)
    return len(ended)
