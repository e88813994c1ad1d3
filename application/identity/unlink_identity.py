"""Unlink an identity: it leads to the account no more, and whoever came in otherwise than now signs in again."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session as UnitOfWork
from domain.identity.kinds import LinkEnd, SessionEnd
from domain.identity.session import Session
from domain.identity.user import User, link_key


class UnlinkIdentity(Command, frozen=True, kw_only=True):
    """``ended``: the sessions that end with it."""

    user_id: UUID
    link_id: UUID
    reason: LinkEnd
    ended: tuple[UUID, ...] = ()


@use_case(UnlinkIdentity, "accounts:unlink")
async def handle(command: UnlinkIdentity, session: UnitOfWork) -> Outcome:
    """The account and its sessions, in one transaction. Raises NotFound, LastWayIn."""
    user = await session.load(User, command.user_id)
    user.unlink(command.link_id, command.reason)
    session.release(user.id, link_key(command.link_id))
    sessions = [await session.load(Session, session_id) for session_id in command.ended]
    for each in sessions:
        if not each.ended:
            each.end(SessionEnd.UNLINKED)
    return await session.commit(user, *sessions)
