"""An invoice that is still open when the day after its due date begins is overdue."""

from collections.abc import Iterable
from uuid import UUID

from application.billing.mark_invoice_overdue import MarkInvoiceOverdue
from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from domain.billing.events import InvoiceIssued
from domain.kernel.recorded import Recorded


def derive(event: InvoiceIssued, recorded: Recorded) -> Iterable[Due]:
    """Due at the first instant of that day, where the clinic is."""
    yield Due({"invoice_id": str(recorded.stream_id)}, due_at=event.overdue_at)


async def perform(effect: Effect, world: World) -> None:
    """The command leaves a settled invoice as it is."""
    command = MarkInvoiceOverdue(invoice_id=UUID(effect.ids["invoice_id"]))
    await world.act(command, tenant_id=effect.tenant_id, key=effect.key)


PROCESS = Process(
    name="mark-invoice-overdue-when-due-date-passes",
    on={InvoiceIssued: derive},
    perform=perform,
    queue="billing",
    priority=6,
)
