"""An issued invoice is typeset and kept sealed in file storage; the hash of its content goes into an event."""

import hashlib
from collections.abc import Iterable
from uuid import UUID

from application.billing.explain_invoice import document
from application.billing.keep_invoice_pdf import StoreInvoicePdf, pdf_name
from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from domain.billing.events import InvoiceIssued, InvoicePdfRequested
from domain.kernel.recorded import Recorded


def derive(event: InvoiceIssued | InvoicePdfRequested, recorded: Recorded) -> Iterable[Due]:
    """Once when it is issued, and again whenever it is asked for."""
    yield Due({"invoice_id": str(recorded.stream_id)})


async def perform(effect: Effect, world: World) -> None:
    """The same invoice gives the same bytes under the same name, so a second time changes nothing."""
    tenant_id, invoice_id = effect.tenant_id, UUID(effect.ids["invoice_id"])
    history = await world.streams.read(tenant_id, invoice_id, opened=True)
    shown = document(history)
    if shown is None:
        return
    content = await world.invoices.render(shown)
    await world.files.write(tenant_id, pdf_name(invoice_id), content, subject_id=history[0].subject_id)
    command = StoreInvoicePdf(
        invoice_id=invoice_id,
        file_name=pdf_name(invoice_id),
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
    )
    await world.act(command, tenant_id=tenant_id, key=effect.key)


PROCESS = Process(
    name="render-pdf-when-invoice-is-issued",
    on={InvoiceIssued: derive, InvoicePdfRequested: derive},
    perform=perform,
    queue="documents",
    priority=5,
)
