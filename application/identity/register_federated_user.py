"""Register a user who is known by who they are elsewhere. Their e-mail address is a detail: it finds no account."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.ports.event_store import KeyTaken
from domain.identity.kinds import Method
from domain.identity.user import IdentityTaken, User, link_key


class RegisterFederatedUser(Command, frozen=True, kw_only=True):
    """``email`` and ``name``: as the provider tells them."""

    link_id: UUID
    provider: str
    issuer: str
    subject: str
    email: str
    name: str


@use_case(RegisterFederatedUser, "accounts:register")
async def handle(command: RegisterFederatedUser, session: Session) -> Outcome:
    """Raises IdentityTaken when an account began with it at the same moment."""
    user = User(session.context.new_id())
    user.register(
        organization_id=session.context.new_id(), method=Method.FEDERATED, email=command.email, name=command.name
    )  # fmt: skip
    user.link(
        link_id=command.link_id, provider=command.provider, issuer=command.issuer, subject=command.subject
    )  # fmt: skip
    session.take(user.id, link_key(command.link_id))
    try:
        return await session.commit(user)
    except KeyTaken as taken:
        raise IdentityTaken("An account began with this sign-in already.") from taken
