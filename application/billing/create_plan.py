"""Offer a plan."""

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.billing.plan import Plan
from domain.billing.terms import Terms


class CreatePlan(Command, frozen=True, kw_only=True):
    """A plan under ``name`` with ``terms``."""

    name: str
    terms: Terms


@use_case(CreatePlan, "plans:create")
async def handle(command: CreatePlan, session: Session) -> Outcome:
    """Raises UnsoundTerms, NamelessPlan."""
    plan = Plan(session.context.new_id())
    plan.create(command.name, command.terms)
    return await session.commit(plan)
