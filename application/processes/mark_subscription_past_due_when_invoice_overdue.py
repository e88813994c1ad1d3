"""A subscription whose invoice is overdue is past due; once that is paid or taken back it goes on."""

from collections.abc import Iterable
from uuid import UUID

from application.billing.note_overdue_invoice import MarkSubscriptionPastDue, RecoverSubscription
from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from domain.billing.events import InvoiceMarkedOverdue, InvoicePaid, InvoiceVoided
from domain.billing.invoice import Invoice
from domain.billing.states import InvoiceStatus
from domain.kernel.recorded import Recorded

Settling = InvoiceMarkedOverdue | InvoicePaid | InvoiceVoided


def derive(event: Settling, recorded: Recorded) -> Iterable[Due]:
    """Only invoices of a subscription."""
    if event.subscription_id is not None:
        yield Due({"invoice_id": str(recorded.stream_id), "subscription_id": str(event.subscription_id)})


async def perform(effect: Effect, world: World) -> None:
    """Tell the subscription how the invoice stands now, whichever of its events this effect comes from."""
    invoice_id, subscription_id = UUID(effect.ids["invoice_id"]), UUID(effect.ids["subscription_id"])
    invoice = await world.store.load(Invoice, effect.tenant_id, invoice_id)
    command: MarkSubscriptionPastDue | RecoverSubscription
    if invoice.status is InvoiceStatus.OVERDUE:
        command = MarkSubscriptionPastDue(subscription_id=subscription_id, invoice_id=invoice_id)
    else:
        command = RecoverSubscription(subscription_id=subscription_id, invoice_id=invoice_id)
    await world.act(command, tenant_id=effect.tenant_id, key=effect.key)


PROCESS = Process(
    name="mark-subscription-past-due-when-invoice-overdue",
    on={
        InvoiceMarkedOverdue: derive,
        InvoicePaid: derive,
        InvoiceVoided: derive,
    },
    perform=perform,
    queue="billing",
    priority=3,
)
