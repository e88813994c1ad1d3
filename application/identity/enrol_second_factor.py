"""Enrol a second factor: the user showed a code of their authenticator."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.identity.user import User


class EnrolSecondFactor(Command, frozen=True, kw_only=True):
    """``recovery_codes``: how many were given out."""

    user_id: UUID
    recovery_codes: int


@use_case(EnrolSecondFactor, "accounts:enrol")
async def handle(command: EnrolSecondFactor, session: Session) -> Outcome:
    """From now on a code is asked for."""
    user = await session.load(User, command.user_id)
    user.enrol_second_factor(command.recovery_codes)
    return await session.commit(user)
