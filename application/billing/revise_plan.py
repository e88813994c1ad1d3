"""Revise a plan for those who subscribe from now on."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.billing.plan import Plan
from domain.billing.terms import Terms


class RevisePlan(Command, frozen=True, kw_only=True):
    """The whole plan as it shall be."""

    plan_id: UUID
    name: str
    terms: Terms


@use_case(RevisePlan, "plans:change")
async def handle(command: RevisePlan, session: Session) -> Outcome:
    """Raises NotFound, PlanUnavailable, UnsoundTerms, NamelessPlan."""
    plan = await session.load(Plan, command.plan_id)
    plan.revise(command.name, command.terms)
    return await session.commit(plan)
