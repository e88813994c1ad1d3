"""Link an identity: its owner, signed in, showed that they are somebody elsewhere too."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.ports.event_store import KeyTaken
from domain.identity.user import IdentityTaken, User, link_key


class LinkIdentity(Command, frozen=True, kw_only=True):
    """From now on whoever is this ``subject`` of this ``issuer`` is the user."""

    user_id: UUID
    link_id: UUID
    provider: str
    issuer: str
    subject: str


@use_case(LinkIdentity, "accounts:link")
async def handle(command: LinkIdentity, session: Session) -> Outcome:
    """Raises IdentityTaken when it leads to an account already, whoever's that is."""
    user = await session.load(User, command.user_id)
    user.link(
        link_id=command.link_id, provider=command.provider, issuer=command.issuer, subject=command.subject
    )  # fmt: skip
    session.take(user.id, link_key(command.link_id))
    try:
        return await session.commit(user)
    except KeyTaken as taken:
        raise IdentityTaken("This sign-in is linked with an account already.") from taken
