"""Take over an invoice that another system issued."""

from datetime import date
from uuid import UUID

from application.billing.issuing import figures
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.billing.invoice import Invoice
from domain.kernel.ids import derived_id
from domain.kernel.money import Money


class ImportInvoice(Command, frozen=True, kw_only=True):
    """``source`` is the invoice's reference there (an opaque id, nothing personal)."""

    person_id: UUID
    source: str
    total: Money
    issued_on: date


def imported_invoice_id(tenant_id: UUID, source: str) -> UUID:
    """Return the id of the stream that an invoice known as ``source`` elsewhere has here."""
    return derived_id("invoice", "imported", tenant_id, source)


@use_case(ImportInvoice, "invoices:import")
async def handle(command: ImportInvoice, session: Session) -> Outcome:
    """Imported twice, it is there once. Raises Invalid."""
    tenant_id = session.context.tenant_id
    invoice = await session.store.load(Invoice, tenant_id, imported_invoice_id(tenant_id, command.source))
    invoice.take_over(command.person_id, command.source, command.total, command.issued_on)
    return await session.commit(invoice, **figures(invoice))
