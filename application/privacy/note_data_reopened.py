"""Note that the data of a person whose erasure was refused is open again; for the process that opened it."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.privacy.request_erasure import only_one
from domain.privacy.erasure import Erasure


class NoteDataReopened(Command, frozen=True, kw_only=True):
    """Of which erasure."""

    erasure_id: UUID


@use_case(NoteDataReopened, "privacy:carry-out")
async def handle(command: NoteDataReopened, session: Session) -> Outcome:
    """From now on the person's erasure can be asked for again. Raises NotFound, NotRefused."""
    erasure = await session.load(Erasure, command.erasure_id)
    erasure.note_reopened()
    session.release(erasure.id, only_one(erasure.person_id))
    return await session.commit(erasure, status=erasure.status)
