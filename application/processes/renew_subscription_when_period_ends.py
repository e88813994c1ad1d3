"""When a period ends the next one begins, the trial turns into a paid period, or the scheduled end comes."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from application.billing.renew_subscription import CatchUpSubscription
from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from domain.billing.events import (
    PeriodRenewed,
    SubscriptionActivated,
    SubscriptionCancellationScheduled,
    SubscriptionStarted,
)
from domain.billing.periods import start_of_day
from domain.billing.subscription import Subscription
from domain.kernel.recorded import Recorded


def derive(event: SubscriptionStarted | SubscriptionActivated | PeriodRenewed, recorded: Recorded) -> Iterable[Due]:
    """The first instant after the period, where the subscription is."""
    yield _at(event.period_end, event.zone, recorded)


def derive_end(event: SubscriptionCancellationScheduled, recorded: Recorded) -> Iterable[Due]:
    """The first instant of the day it is over, also when it rests then."""
    yield _at(event.ends_on, event.zone, recorded)


async def perform(effect: Effect, world: World) -> None:
    """The command begins only what is due."""
    subscription_id = UUID(effect.ids["subscription_id"])
    subscription = await world.store.load(Subscription, effect.tenant_id, subscription_id)
    if not subscription.over:
        command = CatchUpSubscription(subscription_id=subscription_id)
        await world.act(command, tenant_id=effect.tenant_id, key=effect.key)


def _at(day: date, zone: str, recorded: Recorded) -> Due:
    return Due({"subscription_id": str(recorded.stream_id)}, due_at=start_of_day(day, zone))


PROCESS = Process(
    name="renew-subscription-when-period-ends",
    on={
        SubscriptionStarted: derive,
        SubscriptionActivated: derive,
        PeriodRenewed: derive,
        SubscriptionCancellationScheduled: derive_end,
    },
    perform=perform,
    queue="billing",
    priority=2,
)
