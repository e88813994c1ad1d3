"""End a subscription, at once or with its period."""

from uuid import UUID

from application.billing.contracts import commit_subscription
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.billing.subscription import Subscription

USE = "subscriptions:use"


class CancelSubscription(Command, frozen=True, kw_only=True):
    """``at_period_end``: what is paid for may still be used."""

    subscription_id: UUID
    at_period_end: bool = True


@use_case(CancelSubscription, USE)
async def handle(command: CancelSubscription, session: Session) -> Outcome:
    """Raises NotFound, IllegalTransition."""
    subscription = await session.load(Subscription, command.subscription_id)
    subscription.cancel(session.context.now, at_period_end=command.at_period_end)
    return await commit_subscription(session, subscription)
