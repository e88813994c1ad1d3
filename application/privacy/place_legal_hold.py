"""Place a legal hold."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.privacy.case_files import noted
from domain.kernel.event import Retention
from domain.privacy.kinds import LegalBasis
from domain.privacy.legal_holds import LegalHolds, holds_id


class PlaceLegalHold(Command, frozen=True, kw_only=True):
    """On one person's data, on classes of everybody's, or on classes of one person's."""

    person_id: UUID | None
    classes: tuple[Retention, ...]
    basis: LegalBasis
    note: str | None = None


@use_case(PlaceLegalHold, "privacy:hold")
async def handle(command: PlaceLegalHold, session: Session) -> Outcome:
    """Raises HoldWithoutScope. The outcome is that of the organisation's holds; the answer names the hold."""
    tenant_id, hold_id = session.context.tenant_id, session.context.new_id()
    holds = await session.store.load(LegalHolds, tenant_id, holds_id(tenant_id))
    holds.place(hold_id, command.person_id, command.classes, command.basis, session.context.now)
    case = await noted(session, hold_id, command.note)
    return await session.commit(holds, *case, holdId=str(hold_id))
