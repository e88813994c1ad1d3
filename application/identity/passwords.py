"""Choosing another password: with the old one, or by a link that was sent."""

from uuid import UUID

from application.identity.admission import Admission, grant, standing_in
from application.identity.change_password import ChangePassword
from application.identity.doors import Doors, Visit
from application.identity.signing_in import CodeRefused
from application.identity.staying import prove
from domain.identity.kinds import Method, PasswordChange
from domain.identity.password import check_password
from domain.identity.session import SessionOver


async def change(
    doors: Doors, visit: Visit, user_id: UUID, session_id: UUID, *, email: str, old: str, new: str
) -> Admission:
    """Let another password hold; all other sessions end. Raises SignInRefused, WeakPassword, TooManyAttempts."""
    check_password(new, email)
    await prove(doors, visit, user_id, old)
    await doors.credentials.set_password(user_id, await doors.passwords.hash(new))
    ended = tuple(await doors.refresh_tokens.end_all(user_id, but=session_id))
    await doors.act(ChangePassword(user_id=user_id, how=PasswordChange.CHANGED, ended=ended), visit, user_id)
    session = await doors.refresh_tokens.proven(session_id, [Method.PASSWORD], visit.now)
    if session is None:
        raise SessionOver("This session has ended: sign in again.")
    return grant(doors, session, await standing_in(doors, user_id, session.organization_id), None)


async def reset(doors: Doors, visit: Visit, secret: str, new: str) -> None:
    """Let another password hold for whom the link was sent to; all sessions end. Raises CodeRefused, WeakPassword."""
    answered = await doors.challenges.answer_link(secret)
    user_id = await doors.accounts.holder(answered.asked.email) if answered else None
    if answered is None or user_id is None:
        raise _refused()
    check_password(new, answered.asked.email)
    hashed = await doors.passwords.hash(new)
    if not await doors.challenges.close(answered.challenge_id):
        raise _refused()
    await doors.credentials.set_password(user_id, hashed)
    ended = tuple(await doors.refresh_tokens.end_all(user_id))
    command = ChangePassword(
        user_id=user_id, how=PasswordChange.RESET, ended=ended, challenge_id=answered.challenge_id
    )  # fmt: skip
    await doors.act(command, visit, user_id)


def _refused() -> CodeRefused:
    return CodeRefused("This link is too old, or was used before: ask for another.")
