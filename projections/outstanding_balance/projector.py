"""Adds up what is owed, by what each event says it adds or takes away."""

from pathlib import Path

from domain.billing.events import (
    InvoiceImported,
    InvoiceIssued,
    InvoiceMarkedOverdue,
    InvoiceMarkedUncollectible,
    InvoicePaid,
    InvoiceVoided,
)
from domain.billing.events.base import PersonBilled
from domain.billing.states import InvoiceStatus
from domain.kernel.money import Money
from domain.kernel.recorded import Recorded
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows, Table

TABLE = Table("outstanding_balance", ("tenant_id", "person_id", "currency"))


def issued(rows: Rows, event: InvoiceIssued | InvoiceImported, recorded: Recorded) -> None:
    """More is owed."""
    total = event.total.amount
    _add(rows, recorded, event, event.total, outstanding=total, issued=total, open_invoices=1)


def overdue(rows: Rows, event: InvoiceMarkedOverdue, recorded: Recorded) -> None:
    """No more is owed, but part of it late."""
    _add(rows, recorded, event, event.outstanding, overdue=event.outstanding.amount)


def paid(rows: Rows, event: InvoicePaid, recorded: Recorded) -> None:
    """Less is owed."""
    amount = event.amount.amount
    late = amount if event.was is InvoiceStatus.OVERDUE else 0
    _add(rows, recorded, event, event.amount, outstanding=-amount, overdue=-late, paid=amount, open_invoices=-1)


def voided(rows: Rows, event: InvoiceVoided, recorded: Recorded) -> None:
    """A draft was never owed; anything else is no longer."""
    amount = event.outstanding.amount
    late = amount if event.was is InvoiceStatus.OVERDUE else 0
    closed = 0 if event.was is InvoiceStatus.DRAFT else -1
    _add(
        rows,
        recorded,
        event,
        event.outstanding,
        outstanding=-amount,
        overdue=-late,
        taken_back=amount,
        open_invoices=closed,
    )


def written_off(rows: Rows, event: InvoiceMarkedUncollectible, recorded: Recorded) -> None:
    """It is not expected any more."""
    amount = event.outstanding.amount
    late = amount if event.was is InvoiceStatus.OVERDUE else 0
    _add(
        rows,
        recorded,
        event,
        event.outstanding,
        outstanding=-amount,
        overdue=-late,
        written_off=amount,
        open_invoices=-1,
    )


def _add(rows: Rows, recorded: Recorded, event: PersonBilled, money: Money, **deltas: int) -> None:
    rows.add(TABLE.name, (recorded.tenant_id, event.person_id, money.currency), deltas)


READ_MODEL = ReadModel(
    name="outstanding_balance",
    tables=(TABLE,),
    on={
        InvoiceIssued: issued,
        InvoiceImported: issued,
        InvoiceMarkedOverdue: overdue,
        InvoicePaid: paid,
        InvoiceVoided: voided,
        InvoiceMarkedUncollectible: written_off,
    },
    schema=Path(__file__).with_name("schema.sql"),
    halts=True,
)
