"""Let a subscription know that an invoice of it is overdue, or settled after all."""

from uuid import UUID

from application.billing.contracts import commit_subscription
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.billing.subscription import Subscription

MARK = "subscriptions:mark"


class MarkSubscriptionPastDue(Command, frozen=True, kw_only=True):
    """Its invoice was not paid in time."""

    subscription_id: UUID
    invoice_id: UUID


class RecoverSubscription(Command, frozen=True, kw_only=True):
    """Its overdue invoice is settled."""

    subscription_id: UUID
    invoice_id: UUID


@use_case(MarkSubscriptionPastDue, MARK)
async def mark(command: MarkSubscriptionPastDue, session: Session) -> Outcome:
    """Noted once; a subscription that is over is left alone."""
    subscription = await session.load(Subscription, command.subscription_id)
    subscription.mark_past_due(command.invoice_id)
    return await commit_subscription(session, subscription)


@use_case(RecoverSubscription, MARK)
async def recover(command: RecoverSubscription, session: Session) -> Outcome:
    """Noted once, and only if it was noted as overdue."""
    subscription = await session.load(Subscription, command.subscription_id)
    subscription.recover(command.invoice_id, session.context.now)
    return await commit_subscription(session, subscription)
