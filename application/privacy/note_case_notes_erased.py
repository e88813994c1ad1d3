"""Note that the words of a closed case are gone; for the process that destroyed their key."""

from datetime import datetime
from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.privacy.case_file import CaseFile, file_id


class NoteCaseNotesErased(Command, frozen=True, kw_only=True):
    """What the key store says of the key."""

    case_id: UUID
    key_id: UUID
    destroyed_at: datetime


@use_case(NoteCaseNotesErased, "privacy:carry-out")
async def handle(command: NoteCaseNotesErased, session: Session) -> Outcome:
    """Raises NotFound for a case about which nothing was said."""
    case = await session.load(CaseFile, file_id(command.case_id))
    case.note_erased(command.case_id, command.key_id, command.destroyed_at)
    return await session.commit(case)
