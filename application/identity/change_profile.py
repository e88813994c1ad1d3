"""Change one's own details."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.identity.user import User


class ChangeProfile(Command, frozen=True, kw_only=True):
    """They read like this from now on, as a whole."""

    user_id: UUID
    name: str
    phone: str | None
    locale: str | None


@use_case(ChangeProfile, "accounts:change-profile")
async def handle(command: ChangeProfile, session: Session) -> Outcome:
    """If-Match speaks of the account."""
    user = await session.load(User, command.user_id)
    user.change_profile(name=command.name, phone=command.phone, locale=command.locale)
    return await session.commit(user)
