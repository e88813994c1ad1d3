"""Open a session: someone proved who they are."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session as UnitOfWork
from domain.identity.challenge import Challenge
from domain.identity.kinds import Method
from domain.identity.session import Session


class OpenSession(Command, frozen=True, kw_only=True):
    """``challenge_id``: the code that was given back, where there was one that is not met yet."""

    session_id: UUID
    user_id: UUID
    organization_id: UUID
    methods: tuple[Method, ...]
    client: str | None
    address: str | None
    challenge_id: UUID | None = None


@use_case(OpenSession, "sessions:open")
async def handle(command: OpenSession, session: UnitOfWork) -> Outcome:
    """The session, and the challenge that led to it, in one."""
    opened = Session(command.session_id)
    opened.open(
        user_id=command.user_id,
        organization_id=command.organization_id,
        methods=command.methods,
        client=command.client,
        address=command.address,
    )
    met = []
    if command.challenge_id is not None:
        met.append(await session.load(Challenge, command.challenge_id))
        met[0].meet(command.user_id)
    return await session.commit(opened, *met)
