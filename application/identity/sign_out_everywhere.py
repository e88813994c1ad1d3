"""Sign out everywhere: end all of one's sessions at once."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session as UnitOfWork
from domain.identity.kinds import SessionEnd
from domain.identity.session import Session
from domain.identity.user import User


class SignOutEverywhere(Command, frozen=True, kw_only=True):
    """``session_ids``: those that were open."""

    user_id: UUID
    session_ids: tuple[UUID, ...]


@use_case(SignOutEverywhere, "accounts:sign-out")
async def handle(command: SignOutEverywhere, session: UnitOfWork) -> Outcome:
    """The account and its sessions, in one transaction."""
    user = await session.load(User, command.user_id)
    user.sign_out_everywhere()
    sessions = [await session.load(Session, session_id) for session_id in command.session_ids]
    for each in sessions:
        if not each.ended:
            each.end(SessionEnd.EVERYWHERE)
    return await session.commit(user, *sessions)
