"""Withdraw a plan from the offer."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.billing.plan import Plan


class ArchivePlan(Command, frozen=True, kw_only=True):
    """Running subscriptions go on."""

    plan_id: UUID


@use_case(ArchivePlan, "plans:archive")
async def handle(command: ArchivePlan, session: Session) -> Outcome:
    """Raises NotFound, PlanUnavailable."""
    plan = await session.load(Plan, command.plan_id)
    plan.archive(session.context.caller.actor_id)
    return await session.commit(plan, archived=True)
