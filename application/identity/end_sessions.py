"""End sessions of one user; those that have ended are left as they are."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session as UnitOfWork
from domain.identity.kinds import SessionEnd
from domain.identity.session import Session
from domain.kernel.errors import NotFound


class EndSessions(Command, frozen=True, kw_only=True):
    """All of them belong to ``user_id``, or they are not there."""

    user_id: UUID
    session_ids: tuple[UUID, ...]
    reason: SessionEnd


@use_case(EndSessions, "sessions:end")
async def handle(command: EndSessions, session: UnitOfWork) -> Outcome:
    """In one transaction. Raises NotFound."""
    sessions = [await session.load(Session, session_id) for session_id in command.session_ids]
    if any(each.user_id != command.user_id for each in sessions):
        raise NotFound("There is no such session here.")
    for each in sessions:
        if not each.ended:
            each.end(command.reason)
    return await session.commit(*sessions)
