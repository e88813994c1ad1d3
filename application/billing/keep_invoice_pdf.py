"""Ask for an invoice's document, and note where it lies."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.billing.invoice import Invoice

RENDER = "invoices:create"


class RequestInvoicePdf(Command, frozen=True, kw_only=True):
    """The document is made after this has been recorded."""

    invoice_id: UUID


class StoreInvoicePdf(Command, frozen=True, kw_only=True):
    """It lies under ``file_name``; ``sha256`` (hex) and ``size`` are its content's."""

    invoice_id: UUID
    file_name: str
    sha256: str
    size: int


def pdf_name(invoice_id: UUID) -> str:
    """Return the name an invoice's document has in file storage."""
    return f"invoices/{invoice_id}.pdf"


@use_case(RequestInvoicePdf, RENDER)
async def request(command: RequestInvoicePdf, session: Session) -> Outcome:
    """Raises NotFound, IllegalTransition (a draft, or issued elsewhere)."""
    invoice = await session.load(Invoice, command.invoice_id)
    invoice.request_pdf(session.context.now)
    name = f"{invoice.number}.pdf"
    return await session.commit(invoice, fileName=name, pdfUrl=f"/api/billing/invoices/download/{name}")


@use_case(StoreInvoicePdf, RENDER)
async def store(command: StoreInvoicePdf, session: Session) -> Outcome:
    """The same content again changes nothing. Raises NotFound."""
    invoice = await session.load(Invoice, command.invoice_id)
    invoice.store_pdf(command.file_name, command.sha256, command.size)
    return await session.commit(invoice)
