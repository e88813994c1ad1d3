"""Note that the privacy officer was told of an emergency access; for the process that tells them."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.access.break_glass import BreakGlass


class NotePrivacyNotice(Command, frozen=True, kw_only=True):
    """The notice has gone out."""

    glass_id: UUID


@use_case(NotePrivacyNotice, "break-glass:notify")
async def handle(command: NotePrivacyNotice, session: Session) -> Outcome:
    """Does nothing when it is noted already. Raises NotFound."""
    glass = await session.load(BreakGlass, command.glass_id)
    glass.note_notice()
    return await session.commit(glass)
