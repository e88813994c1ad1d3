"""Add a line to a draft."""

from uuid import UUID

from application.billing.draft_invoice import NewLine, line_of
from application.billing.issuing import figures
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.billing.invoice import Invoice

CREATE = "invoices:create"


class AddInvoiceLine(Command, frozen=True, kw_only=True):
    """The invoice must be a draft."""

    invoice_id: UUID
    line: NewLine


@use_case(AddInvoiceLine, CREATE)
async def handle(command: AddInvoiceLine, session: Session) -> Outcome:
    """Raises NotFound, IllegalTransition, UnsoundLine, CurrencyMismatch."""
    invoice = await session.load(Invoice, command.invoice_id)
    line_id = session.context.new_id()
    invoice.add_line(line_of(command.line, line_id))
    return await session.commit(invoice, lineId=str(line_id), **figures(invoice))
