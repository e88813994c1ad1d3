"""Each paid period is invoiced when it begins: the first with the subscription or after its trial, then renewals."""

from collections.abc import Iterable
from uuid import UUID

from application.billing.invoice_period import InvoicePeriod
from application.booking.billed_person import bill_to
from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from domain.billing.events import PeriodRenewed, SubscriptionActivated, SubscriptionStarted
from domain.kernel.recorded import Recorded


def derive(event: SubscriptionStarted | SubscriptionActivated | PeriodRenewed, recorded: Recorded) -> Iterable[Due]:
    """A trial (period 0) is free."""
    if event.period:
        yield Due({"subscription_id": str(recorded.stream_id), "period": str(event.period)})


async def perform(effect: Effect, world: World) -> None:
    """The invoice's id is the period's own, so there is never a second one."""
    command = InvoicePeriod(
        subscription_id=UUID(effect.ids["subscription_id"]),
        period=int(effect.ids["period"]),
        source=effect.event_id,
        bill_to=await bill_to(world.streams, effect.tenant_id, effect.subject_id) if effect.subject_id else None,
    )
    await world.act(command, tenant_id=effect.tenant_id, key=effect.key)


PROCESS = Process(
    name="invoice-when-subscription-starts",
    on={SubscriptionStarted: derive, SubscriptionActivated: derive, PeriodRenewed: derive},
    perform=perform,
    queue="billing",
    priority=3,
)
