"""Explain an invoice from its events; and set out what its document says, from the same events."""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from application.kernel.process import event_id
from application.ports.stream_reader import StreamReader
from domain.billing.amounts import Amounts, summed
from domain.billing.events import BillTo, InvoiceDrafted, InvoiceIssued, InvoiceLineAdded
from domain.billing.explain import Explanation, explain
from domain.kernel.event import withheld
from domain.kernel.recorded import Recorded


async def explain_invoice(streams: StreamReader, tenant_id: UUID, invoice_id: UUID) -> Explanation:
    """Return the explanation, its texts opened (or Erased). Raises NotFound."""
    history = await streams.read(tenant_id, invoice_id, opened=True)
    return explain((event_id(recorded), recorded.event) for recorded in history)


def document(history: Sequence[Recorded]) -> dict[str, object] | None:
    """Return what an issued invoice's document shows; None while it is a draft, or once its texts are erased."""
    events = [recorded.event for recorded in history]
    drafted = next((e for e in events if isinstance(e, InvoiceDrafted)), None)
    issued = next((e for e in events if isinstance(e, InvoiceIssued)), None)
    lines = [e for e in events if isinstance(e, InvoiceLineAdded)]
    if drafted is None or issued is None or any(withheld(e.description) for e in lines) or withheld(drafted.bill_to):
        return None
    to = drafted.bill_to
    return {
        "number": issued.number,
        "issued_on": issued.issued_on.isoformat(),
        "due_on": issued.due_on.isoformat(),
        "currency": drafted.currency,
        "account": str(drafted.person_id),
        "issuer": {
            "name": issued.issuer.name,
            "address": list(issued.issuer.address),
            "tax_number": issued.issuer.tax_number,
        },
        "bill_to": {"name": to.name, "lines": list(to.lines)} if isinstance(to, BillTo) else None,
        "lines": [_line(line) for line in lines],
        "net": issued.net.decimal(),
        "taxes": _taxes(lines, drafted.currency),
        "total": issued.total.decimal(),
    }


def percent(basis_points: int) -> str:
    """Return a rate as printed: 1850 is 18.5 %."""
    return f"{basis_points / 100:g} %"


def _line(line: InvoiceLineAdded) -> dict[str, object]:
    return {
        "description": line.description,
        "quantity": line.quantity,
        "unit": line.unit.decimal(),
        "tax_rate": percent(line.tax_basis_points),
        "net": line.net.decimal(),
    }


def _taxes(lines: Sequence[InvoiceLineAdded], currency: str) -> list[dict[str, object]]:
    def rate(line: InvoiceLineAdded) -> int:
        return line.tax_basis_points

    found: list[dict[str, object]] = []
    for basis_points, group in groupby(sorted(lines, key=rate), key=rate):
        amounts = summed((Amounts(line.net, line.tax) for line in group), currency)
        found.append({"rate": percent(basis_points), "net": amounts.net.decimal(), "tax": amounts.tax.decimal()})
    return found
