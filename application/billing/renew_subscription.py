"""Begin the periods that are due, by hand or by the clock."""

from uuid import UUID

from application.billing.contracts import commit_subscription
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.billing.subscription import Subscription

RENEW = "subscriptions:renew"


class RenewSubscription(Command, frozen=True, kw_only=True):
    """Begin what is due, or be refused."""

    subscription_id: UUID


class CatchUpSubscription(Command, frozen=True, kw_only=True):
    """Begin what is due, if anything is: the trial's end, renewals, the scheduled end."""

    subscription_id: UUID


@use_case(RenewSubscription, RENEW)
async def renew(command: RenewSubscription, session: Session) -> Outcome:
    """Raises NotFound, NothingToRenew, IllegalTransition."""
    subscription = await session.load(Subscription, command.subscription_id)
    subscription.renew(session.context.now)
    return await commit_subscription(session, subscription)


@use_case(CatchUpSubscription, RENEW)
async def catch_up(command: CatchUpSubscription, session: Session) -> Outcome:
    """Raises NotFound."""
    subscription = await session.load(Subscription, command.subscription_id)
    subscription.catch_up(session.context.now)
    return await commit_subscription(session, subscription)
