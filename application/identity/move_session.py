"""Move a session: its user acts in another of their organisations."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session as UnitOfWork
from domain.identity.session import Session


class MoveSession(Command, frozen=True, kw_only=True):
    """To ``organization_id``."""

    session_id: UUID
    organization_id: UUID


@use_case(MoveSession, "sessions:move")
async def handle(command: MoveSession, session: UnitOfWork) -> Outcome:
    """Raises SessionOver."""
    opened = await session.load(Session, command.session_id)
    opened.move(command.organization_id)
    return await session.commit(opened)
