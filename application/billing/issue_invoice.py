"""Issue a draft under the clinic's next number: both are committed together, so no number is ever left out."""

from datetime import date
from uuid import UUID

from application.billing.issuing import figures, issue
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.billing.invoice import Invoice

ISSUE = "invoices:issue"


class IssueInvoice(Command, frozen=True, kw_only=True):
    """Due on ``due_on``, or after the clinic's usual days."""

    invoice_id: UUID
    due_on: date | None = None


@use_case(IssueInvoice, ISSUE)
async def handle(command: IssueInvoice, session: Session) -> Outcome:
    """Raises NotFound, EmptyInvoice, IllegalTransition, Invalid."""
    invoice = await session.load(Invoice, command.invoice_id)
    register = await issue(session, invoice, command.due_on)
    return await session.commit(invoice, register, dueDate=invoice.due_on.isoformat(), **figures(invoice))
