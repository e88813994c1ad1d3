"""Note that the key of a class was destroyed; for the process that did it."""

from datetime import datetime
from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.kernel.event import Retention
from domain.privacy.erasure import Erasure


class NoteClassErased(Command, frozen=True, kw_only=True):
    """What the key store says of the key."""

    erasure_id: UUID
    retention: Retention
    key_id: UUID
    destroyed_at: datetime


@use_case(NoteClassErased, "privacy:carry-out")
async def handle(command: NoteClassErased, session: Session) -> Outcome:
    """Raises NotFound, NotReleased."""
    erasure = await session.load(Erasure, command.erasure_id)
    erasure.note_erased(command.retention, command.key_id, command.destroyed_at)
    return await session.commit(erasure, status=erasure.status)
