"""Use a recovery code up in the place of the authenticator's."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.identity.user import User


class UseRecoveryCode(Command, frozen=True, kw_only=True):
    """``left``: how many there are still."""

    user_id: UUID
    left: int


@use_case(UseRecoveryCode, "accounts:recover")
async def handle(command: UseRecoveryCode, session: Session) -> Outcome:
    """The user is told of it."""
    user = await session.load(User, command.user_id)
    user.use_recovery_code(command.left)
    return await session.commit(user)
