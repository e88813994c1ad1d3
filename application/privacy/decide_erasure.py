"""Decide what of a person's data goes, and what is kept for now; for the processes that carry an erasure out."""

from datetime import date, datetime
from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.kernel.event import Retention
from domain.privacy.erasure import Erasure, Holding
from domain.privacy.legal_holds import LegalHolds, holds_id
from domain.privacy.retention import RetentionPolicy, policy_id


class DecideErasure(Command, frozen=True, kw_only=True):
    """``held``: each class of which something is stored, with the day it was last added to; ``as_of``: the moment the
    decision is due, from which periods are counted."""

    erasure_id: UUID
    as_of: datetime
    held: tuple[tuple[Retention, date], ...]


@use_case(DecideErasure, "privacy:carry-out")
async def handle(command: DecideErasure, session: Session) -> Outcome:
    """The holds are asked in the same transaction: one placed meanwhile makes this decide again. Raises NotFound."""
    tenant_id = session.context.tenant_id
    erasure = await session.load(Erasure, command.erasure_id)
    holds = await session.store.load(LegalHolds, tenant_id, holds_id(tenant_id))
    policy = await session.store.load(RetentionPolicy, tenant_id, policy_id(tenant_id))
    holdings = [Holding(retention, last) for retention, last in command.held if erasure.undecided(retention)]
    if not holdings:
        return await session.commit(erasure, status=erasure.status)
    standing = holds.consult(erasure.id, erasure.person_id, [held.retention for held in holdings])
    erasure.decide(holdings, standing, policy.periods, command.as_of)
    if not erasure.pending:
        return await session.commit(erasure, status=erasure.status)
    return await session.commit(erasure, holds, status=erasure.status)
