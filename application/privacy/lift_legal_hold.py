"""Lift a legal hold; the erasures it stood against are decided on again."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.privacy.legal_holds import LegalHolds, holds_id


class LiftLegalHold(Command, frozen=True, kw_only=True):
    """Which one."""

    hold_id: UUID


@use_case(LiftLegalHold, "privacy:hold")
async def handle(command: LiftLegalHold, session: Session) -> Outcome:
    """Raises NotFound, HoldLifted."""
    tenant_id = session.context.tenant_id
    holds = await session.store.load(LegalHolds, tenant_id, holds_id(tenant_id))
    holds.lift(command.hold_id, session.context.now)
    return await session.commit(holds, holdId=str(command.hold_id))
