"""Ask for a person's data to be erased."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.ports.event_store import KeyTaken
from application.privacy.case_files import noted
from domain.kernel.unique import UniqueKey
from domain.privacy.erasure import Erasure
from domain.privacy.kinds import RequestBasis
from domain.privacy.refusals import AlreadyRequested


class RequestErasure(Command, frozen=True, kw_only=True):
    """``note`` is kept under the case's own key, not among the person's data."""

    person_id: UUID
    basis: RequestBasis
    note: str | None = None


@use_case(RequestErasure, "privacy:erase")
async def handle(command: RequestErasure, session: Session) -> Outcome:
    """Raises AlreadyRequested: a person has one erasure, unless it was refused."""
    erasure = Erasure(session.context.new_id())
    erasure.request(command.person_id, command.basis, session.context.now)
    session.take(erasure.id, only_one(command.person_id))
    case = await noted(session, erasure.id, command.note)
    try:
        return await session.commit(erasure, *case, status=erasure.status, personId=str(command.person_id))
    except KeyTaken as taken:
        holder = await session.store.holders(session.context.tenant_id, [only_one(command.person_id)])
        ids = [str(found) for found in holder.values()]
        raise AlreadyRequested("The erasure of this person's data was asked for already.", ids=ids) from taken


def only_one(person_id: UUID) -> UniqueKey:
    """Return the key that an erasure holds from its request on, and gives back only when it is refused."""
    return UniqueKey("erasure", str(person_id))
