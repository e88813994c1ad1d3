"""One row per event of money, never changed afterwards."""

from datetime import date
from pathlib import Path
from typing import NamedTuple

from domain.billing.events import (
    InvoiceImported,
    InvoiceIssued,
    InvoiceMarkedUncollectible,
    InvoicePaid,
    InvoiceVoided,
)
from domain.kernel.recorded import Recorded
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows, Table

TABLE = Table("fact_revenue", ("tenant_id", "invoice_id", "version"))


class Sum(NamedTuple):
    """Amounts in minor units."""

    currency: str
    net: int
    tax: int


def issued(rows: Rows, event: InvoiceIssued, recorded: Recorded) -> None:
    """Earned."""
    _fact(rows, recorded, "ISSUED", event.issued_on, Sum(event.net.currency, event.net.amount, event.tax.amount),
          is_subscription=event.subscription_id is not None)  # fmt: skip


def imported(rows: Rows, event: InvoiceImported, recorded: Recorded) -> None:
    """Earned elsewhere, in the time of the other system."""
    _fact(rows, recorded, "IMPORTED", event.issued_on, Sum(event.total.currency, event.total.amount, 0))


def paid(rows: Rows, event: InvoicePaid, recorded: Recorded) -> None:
    """Received; the tax in it is the invoice's own."""
    tax = event.tax.amount
    _fact(rows, recorded, "PAID", event.paid_on, Sum(event.amount.currency, event.amount.amount - tax, tax),
          is_subscription=event.subscription_id is not None, method=event.method.value)  # fmt: skip


def voided(rows: Rows, event: InvoiceVoided, recorded: Recorded) -> None:
    """Taken back; nothing, for a draft."""
    _fact(rows, recorded, "VOIDED", event.voided_on, Sum(event.net.currency, -event.net.amount, -event.tax.amount),
          is_subscription=event.subscription_id is not None)  # fmt: skip


def written_off(rows: Rows, event: InvoiceMarkedUncollectible, recorded: Recorded) -> None:
    """Not expected any more."""
    _fact(rows, recorded, "WRITTEN_OFF", event.marked_on,
          Sum(event.net.currency, -event.net.amount, -event.tax.amount),
          is_subscription=event.subscription_id is not None)  # fmt: skip


def _fact(
    rows: Rows,
    recorded: Recorded,
    kind: str,
    day: date,
    money: Sum,
    *,
    is_subscription: bool = False,
    method: str | None = None,
) -> None:
    rows.insert(
        TABLE.name,
        (recorded.tenant_id, recorded.stream_id, recorded.version),
        {
            "kind": kind,
            "occurred_on": day,
            "currency": money.currency,
            "net": money.net,
            "tax": money.tax,
            "amount": money.net + money.tax,
            "method": method,
            "is_subscription": is_subscription,
            "position": recorded.position,
        },
    )


READ_MODEL = ReadModel(
    name="fact_revenue",
    tables=(TABLE,),
    on={
        InvoiceIssued: issued,
        InvoiceImported: imported,
        InvoicePaid: paid,
        InvoiceVoided: voided,
        InvoiceMarkedUncollectible: written_off,
    },
    schema=Path(__file__).with_name("schema.sql"),
    halts=True,
)
