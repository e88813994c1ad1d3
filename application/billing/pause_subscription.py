"""Let a subscription rest, and go on."""

from uuid import UUID

from application.billing.contracts import commit_subscription
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.billing.subscription import Subscription

PAUSE = "subscriptions:pause"


class PauseSubscription(Command, frozen=True, kw_only=True):
    """Nothing is renewed or booked until it resumes."""

    subscription_id: UUID


class ResumeSubscription(Command, frozen=True, kw_only=True):
    """Go on from today."""

    subscription_id: UUID


@use_case(PauseSubscription, PAUSE)
async def pause(command: PauseSubscription, session: Session) -> Outcome:
    """Raises NotFound, IllegalTransition."""
    subscription = await session.load(Subscription, command.subscription_id)
    subscription.pause(session.context.now)
    return await commit_subscription(session, subscription)


@use_case(ResumeSubscription, PAUSE)
async def resume(command: ResumeSubscription, session: Session) -> Outcome:
    """Raises NotFound, IllegalTransition."""
    subscription = await session.load(Subscription, command.subscription_id)
    subscription.resume(session.context.now)
    return await commit_subscription(session, subscription)
