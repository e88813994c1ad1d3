"""The words that come with a request or a hold go into the case's own file."""

from uuid import UUID

from application.kernel.session import Session
from domain.kernel.aggregate import Aggregate
from domain.privacy.case_file import CaseFile, file_id


async def noted(session: Session, case_id: UUID, words: str | None) -> list[Aggregate]:
    """Return the case file with ``words`` added, to be committed with the decision; nothing without words."""
    if words is None:
        return []
    case = await session.store.load(CaseFile, session.context.tenant_id, file_id(case_id))
    case.note(case_id, words)
    return [case]
