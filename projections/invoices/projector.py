"""Keeps each invoice with its lines; texts stay the ciphertexts they are."""

from pathlib import Path

from domain.billing.events import (
    InvoiceDrafted,
    InvoiceImported,
    InvoiceIssued,
    InvoiceLineAdded,
    InvoiceMarkedOverdue,
    InvoiceMarkedUncollectible,
    InvoicePaid,
    InvoicePdfRequested,
    InvoicePdfStored,
    InvoiceVoided,
)
from domain.billing.states import InvoiceStatus as Status
from domain.kernel.recorded import Recorded
from projections.kernel.read_model import ReadModel, sealed_columns
from projections.kernel.rows import Rows, Table

INVOICES = Table("invoices", ("tenant_id", "invoice_id"))
LINES = Table("invoice_lines", ("tenant_id", "invoice_id", "line_no"))


def drafted(rows: Rows, event: InvoiceDrafted, recorded: Recorded) -> None:
    """Nothing on it yet."""
    rows.insert(
        INVOICES.name,
        (recorded.tenant_id, recorded.stream_id),
        {
            "person_id": event.person_id,
            "status": Status.DRAFT.value,
            "currency": event.currency,
            "subscription_id": event.subscription_id,
            "period": event.period,
            "appointment_id": event.appointment_id,
            "drafted_at": event.drafted_at,
            "version": recorded.version,
            **sealed_columns(recorded),
        },
    )


def imported(rows: Rows, event: InvoiceImported, recorded: Recorded) -> None:
    """As it stands in the other system."""
    rows.insert(
        INVOICES.name,
        (recorded.tenant_id, recorded.stream_id),
        {
            "person_id": event.person_id,
            "status": Status.OPEN.value,
            "currency": event.total.currency,
            "net": event.total.amount,
            "tax": 0,
            "source": event.source,
            "drafted_at": recorded.recorded_at,
            "issued_on": event.issued_on,
            "version": recorded.version,
            **sealed_columns(recorded),
        },
    )


def line_added(rows: Rows, event: InvoiceLineAdded, recorded: Recorded) -> None:
    """The draft grows. The line's place is the version of its event: lines stay in the order they were added."""
    key = (recorded.tenant_id, recorded.stream_id)
    rows.change(INVOICES.name, key, {"version": recorded.version})
    rows.insert(
        LINES.name,
        (*key, recorded.version),
        {
            "line_id": event.line_id,
            "quantity": event.quantity,
            "unit": event.unit.amount,
            "tax_basis_points": event.tax_basis_points,
            "net": event.net.amount,
            "tax": event.tax.amount,
            "currency": event.net.currency,
            "sources": list(event.sources),
            **sealed_columns(recorded),
        },
    )


def issued(rows: Rows, event: InvoiceIssued, recorded: Recorded) -> None:
    """It is owed."""
    _change(
        rows,
        recorded,
        status=Status.OPEN.value,
        number=event.number,
        net=event.net.amount,
        tax=event.tax.amount,
        issued_on=event.issued_on,
        due_on=event.due_on,
    )


def paid(rows: Rows, event: InvoicePaid, recorded: Recorded) -> None:
    """It is settled."""
    _change(rows, recorded, status=Status.PAID.value, paid_at=event.paid_at, paid_by=event.method.value)


def voided(rows: Rows, event: InvoiceVoided, recorded: Recorded) -> None:
    """It keeps its number and figures."""
    _change(rows, recorded, status=Status.VOID.value)


def overdue(rows: Rows, event: InvoiceMarkedOverdue, recorded: Recorded) -> None:
    """It is late."""
    _change(rows, recorded, status=Status.OVERDUE.value)


def uncollectible(rows: Rows, event: InvoiceMarkedUncollectible, recorded: Recorded) -> None:
    """It is given up."""
    _change(rows, recorded, status=Status.UNCOLLECTIBLE.value)


def pdf_requested(rows: Rows, event: InvoicePdfRequested, recorded: Recorded) -> None:
    """The document follows."""
    _change(rows, recorded)


def pdf_stored(rows: Rows, event: InvoicePdfStored, recorded: Recorded) -> None:
    """The document can be had."""
    _change(rows, recorded, pdf_file=event.file_name, pdf_sha256=event.sha256, pdf_size=event.size)


def _change(rows: Rows, recorded: Recorded, **values: object) -> None:
    rows.change(INVOICES.name, (recorded.tenant_id, recorded.stream_id), {**values, "version": recorded.version})


READ_MODEL = ReadModel(
    name="invoices",
    tables=(INVOICES, LINES),
    on={
        InvoiceDrafted: drafted,
        InvoiceImported: imported,
        InvoiceLineAdded: line_added,
        InvoiceIssued: issued,
        InvoicePaid: paid,
        InvoiceVoided: voided,
        InvoiceMarkedOverdue: overdue,
        InvoiceMarkedUncollectible: uncollectible,
        InvoicePdfRequested: pdf_requested,
        InvoicePdfStored: pdf_stored,
    },
    schema=Path(__file__).with_name("schema.sql"),
    halts=True,
)
