"""Step a session up: its user proved once more who they are."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session as UnitOfWork
from domain.identity.kinds import Method
from domain.identity.session import Session


class StepUpSession(Command, frozen=True, kw_only=True):
    """By ``methods``."""

    session_id: UUID
    methods: tuple[Method, ...]


@use_case(StepUpSession, "sessions:step-up")
async def handle(command: StepUpSession, session: UnitOfWork) -> Outcome:
    """Raises SessionOver."""
    opened = await session.load(Session, command.session_id)
    opened.step_up(command.methods)
    return await session.commit(opened)
