"""Change a password: what was signed in by the old one ends."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session as UnitOfWork
from domain.identity.challenge import Challenge
from domain.identity.kinds import PasswordChange, SessionEnd
from domain.identity.session import Session
from domain.identity.user import User


class ChangePassword(Command, frozen=True, kw_only=True):
    """``ended``: the sessions that end with it. ``challenge_id``: the link that was used, where there was one."""

    user_id: UUID
    how: PasswordChange
    ended: tuple[UUID, ...] = ()
    challenge_id: UUID | None = None


@use_case(ChangePassword, "accounts:change-password")
async def handle(command: ChangePassword, session: UnitOfWork) -> Outcome:
    """The account, its sessions and the challenge, in one transaction."""
    user = await session.load(User, command.user_id)
    user.change_password(command.how)
    sessions = [await session.load(Session, session_id) for session_id in command.ended]
    for each in sessions:
        if not each.ended:
            each.end(SessionEnd.PASSWORD_CHANGED)
    met = []
    if command.challenge_id is not None:
        met.append(await session.load(Challenge, command.challenge_id))
        met[0].meet(user.id)
    return await session.commit(user, *sessions, *met)
