"""Routes of invoices: their life, their document, and why they say what they say."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.asking import Asking, paged
from api.billing import answers, schemas, views
from api.billing.access import there
from api.billing.documents import DOCUMENT, document
from api.envelope import Envelope
from api.money import money_of
from api.paging import CLINICAL, Page
from api.security import permit
from application.billing.add_invoice_line import AddInvoiceLine
from application.billing.draft_invoice import DraftInvoice, NewLine
from application.billing.explain_invoice import explain_invoice
from application.billing.issue_invoice import IssueInvoice
from application.billing.keep_invoice_pdf import RequestInvoicePdf
from application.billing.settle_invoice import GiveUpInvoice, PayInvoice, VoidInvoice
from domain.billing.events import BillTo
from domain.billing.states import InvoiceStatus
from projections.invoices import queries

router = APIRouter(prefix="/api/billing/invoices", tags=["billing invoices"])
READ = "invoices:read"
DONE = {"model": Envelope[answers.InvoiceDone]}


def line_of(body: schemas.LineBody) -> NewLine:
    """Return the line a body states."""
    unit = money_of(body.amount, body.amount_cents, body.currency)
    return NewLine(
        description=body.description, quantity=body.quantity, unit=unit, tax_basis_points=body.tax_basis_points,
        sources=tuple(body.sources),
    )  # fmt: skip


@router.post("", status_code=201, response_model=None, summary="Begin an invoice", responses={201: DONE})
@permit("invoices:create")
async def draft(body: schemas.InvoiceBody, ask: Asking) -> Response:
    if body.clinic_id is not None:
        ask.same_tenant(body.clinic_id)
    command = DraftInvoice(
        person_id=body.user_id,
        currency=body.currency,
        appointment_id=body.appointment_id,
        subscription_id=body.subscription_id,
        bill_to=BillTo(name=body.bill_to.name, lines=tuple(body.bill_to.lines)) if body.bill_to else None,
        lines=tuple(line_of(line) for line in body.lines),
    )
    return await ask.command(command, status=201)


@router.get(
    "/user/{user_id}", response_model=None, summary="List a person's invoices, latest first",
    responses={200: {"model": Envelope[list[answers.InvoiceView]]}},
)  # fmt: skip
@permit(READ)
async def of_user(
    user_id: UUID,
    ask: Asking,
    page: Annotated[Page, paged(CLINICAL, queries.OF_PERSON)],
    status: Annotated[InvoiceStatus | None, Query()] = None,
) -> Response:
    await ask.fresh("invoices")
    found = await queries.of_person(ask.reader, ask.tenant, user_id, status.value if status else None, page.window)
    return ask.page([views.invoice(row) for row in found.rows], found, page)


@router.get(
    "/download/{file_name}", response_model=None, responses=DOCUMENT,
    summary="Download an invoice's document, by its number or id",
)  # fmt: skip
@permit(READ)
async def download(file_name: str, ask: Asking) -> Response:
    await ask.fresh("invoices")
    return await document(ask, file_name)


@router.get(
    "/{invoice_id}", response_model=None, summary="Read an invoice with its lines",
    responses={200: {"model": Envelope[answers.InvoiceView]}},
)  # fmt: skip
@permit(READ)
async def one(invoice_id: UUID, ask: Asking) -> Response:
    await ask.fresh("invoices")
    row = there(await queries.invoice(ask.reader, ask.tenant, invoice_id), "invoice")
    lines = await queries.lines(ask.reader, ask.tenant, invoice_id)
    return ask.answer(views.invoice(row, lines), row["version"])


@router.get(
    "/{invoice_id}/explain", response_model=None, responses={200: {"model": Envelope[answers.Explained]}},
    summary="Work an invoice out again from its events, and name the events of every line",
)  # fmt: skip
@permit(READ)
async def explain(invoice_id: UUID, ask: Asking) -> Response:
    found = await explain_invoice(ask.streams, ask.tenant, invoice_id)
    return ask.answer(views.explained(invoice_id, found))


@router.post("/{invoice_id}/lines", status_code=201, response_model=None, summary="Add a line to a draft",
             responses={201: DONE})  # fmt: skip
@permit("invoices:create")
async def add_line(invoice_id: UUID, body: schemas.LineBody, ask: Asking) -> Response:
    return await ask.command(AddInvoiceLine(invoice_id=invoice_id, line=line_of(body)), status=201)


@router.post("/{invoice_id}/issue", response_model=None, responses={200: DONE},
             summary="Issue a draft under the clinic's next number")  # fmt: skip
@permit("invoices:issue")
async def issue(invoice_id: UUID, ask: Asking, body: schemas.IssueBody | None = None) -> Response:
    return await ask.command(IssueInvoice(invoice_id=invoice_id, due_on=body.due_date if body else None))


@router.post("/{invoice_id}/mark-paid", response_model=None, summary="Settle an invoice in full", responses={200: DONE})
@permit("invoices:settle")
async def mark_paid(invoice_id: UUID, body: schemas.PaymentBody, ask: Asking) -> Response:
    given = body.amount is not None or body.amount_cents is not None
    amount = money_of(body.amount, body.amount_cents, body.currency or "") if given else None
    command = PayInvoice(invoice_id=invoice_id, method=body.method, amount=amount, reference=body.reference)
    return await ask.command(command)


@router.post("/{invoice_id}/void", response_model=None, responses={200: DONE},
             summary="Take an invoice back; it keeps its number")  # fmt: skip
@permit("invoices:void")
async def void(invoice_id: UUID, ask: Asking, body: schemas.VoidBody | None = None) -> Response:
    return await ask.command(VoidInvoice(invoice_id=invoice_id, reason=body.reason if body else None))


@router.post("/{invoice_id}/mark-uncollectible", response_model=None, responses={200: DONE},
             summary="Give the claim up")  # fmt: skip
@permit("invoices:void")
async def mark_uncollectible(invoice_id: UUID, ask: Asking) -> Response:
    return await ask.command(GiveUpInvoice(invoice_id=invoice_id))


@router.post("/{invoice_id}/generate-pdf", status_code=202, response_model=None,
             summary="Have the document made (again); it can be downloaded a moment later",
             responses={202: {"model": Envelope[answers.Requested]}})  # fmt: skip
@permit("invoices:create")
async def generate_pdf(invoice_id: UUID, ask: Asking) -> Response:
    return await ask.command(RequestInvoicePdf(invoice_id=invoice_id), status=202)
