"""Note that an invoice was not paid in time."""

from uuid import UUID

from application.billing.issuing import figures
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.billing.invoice import Invoice

SETTLE = "invoices:settle"


class MarkInvoiceOverdue(Command, frozen=True, kw_only=True):
    """Nothing happens when it is settled or not yet due."""

    invoice_id: UUID


@use_case(MarkInvoiceOverdue, SETTLE)
async def handle(command: MarkInvoiceOverdue, session: Session) -> Outcome:
    """Raises NotFound."""
    invoice = await session.load(Invoice, command.invoice_id)
    invoice.mark_overdue(session.context.now)
    return await session.commit(invoice, **figures(invoice))
