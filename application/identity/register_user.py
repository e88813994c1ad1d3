"""Register a user: someone who gave back the code that was sent to their address."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.ports.event_store import KeyTaken
from domain.identity.challenge import Challenge
from domain.identity.kinds import Method
from domain.identity.user import AlreadyRegistered, User
from domain.kernel.unique import UniqueKey


class RegisterUser(Command, frozen=True, kw_only=True):
    """``email_key``: what no other account may hold. ``challenge_id``: the code, where there was one."""

    email_key: UniqueKey
    email: str
    name: str
    phone: str | None
    locale: str | None
    method: Method
    challenge_id: UUID | None = None


@use_case(RegisterUser, "accounts:register")
async def handle(command: RegisterUser, session: Session) -> Outcome:
    """Raises AlreadyRegistered when the address has an account by now."""
    user = User(session.context.new_id())
    user.register(
        organization_id=session.context.new_id(),
        method=command.method,
        email=command.email,
        name=command.name,
        phone=command.phone,
        locale=command.locale,
    )
    session.take(user.id, command.email_key)
    met = []
    if command.challenge_id is not None:
        met.append(await session.load(Challenge, command.challenge_id))
        met[0].meet(user.id)
    try:
        return await session.commit(user, *met)
    except KeyTaken as taken:
        raise AlreadyRegistered("This account is there already.") from taken
