"""Rows of the read models as the JSON a client sees: camelCase, money in both forms."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from api.money import both
from domain.billing.amounts import Amounts
from domain.billing.explain import Explanation
from projections.kernel.reader import Row

DOWNLOADS = "/api/billing/invoices/download"
BALANCES = ("outstanding", "overdue", "issued", "paid", "taken_back", "written_off")
REVENUE = ("invoiced_net", "invoiced_tax", "from_subscriptions", "imported", "paid", "written_off")


def plan(row: Row) -> dict[str, Any]:
    """Return a plan."""
    return {
        "id": row["plan_id"],
        "version": row["version"],
        "name": row["name"],
        **both("amount", row["amount"], row["currency"]),
        "currency": row["currency"],
        "interval": row["interval_unit"],
        "intervalCount": row["interval_count"],
        "appointmentsIncluded": row["included"],
        "isUnlimitedAppointments": row["unlimited"],
        "appointmentTypes": coverage(row),
        "trialDays": row["trial_days"],
        "taxBasisPoints": row["tax_basis_points"],
        "isActive": not row["archived"],
        "createdAt": row["created_at"],
    }


def coverage(row: Row) -> dict[str, bool]:
    """Return which appointment types are named as included or left out."""
    return dict.fromkeys(row["covers"], True) | dict.fromkeys(row["excludes"], False)


def subscription(row: Row) -> dict[str, Any]:
    """Return a subscription."""
    return {
        "id": row["subscription_id"],
        "version": row["version"],
        "userId": row["person_id"],
        "planId": row["plan_id"],
        "planName": row["plan_name"],
        "status": row["status"],
        **both("amount", row["amount"], row["currency"]),
        "currency": row["currency"],
        "interval": row["interval_unit"],
        "intervalCount": row["interval_count"],
        "appointmentsIncluded": row["included"],
        "appointmentsUsed": row["used"],
        "appointmentsRemaining": row["remaining"],
        "isUnlimitedAppointments": row["included"] is None,
        "appointmentTypes": coverage(row),
        "currentPeriod": row["period"],
        "currentPeriodStart": row["period_start"],
        "currentPeriodEnd": row["period_end"],
        "timeZone": row["zone"],
        "endsOn": row["ends_on"],
        "startedAt": row["started_at"],
        "endedAt": row["ended_at"],
    }


def usage(row: Row, lines: Sequence[Row]) -> dict[str, Any]:
    """Return what was used of a subscription."""
    included, used = row["included"], row["used"]
    return {
        "subscriptionId": row["subscription_id"],
        "appointmentsUsed": used,
        "appointmentsRemaining": row["remaining"],
        "appointmentsIncluded": included,
        "percentUsed": 100 * used // included if included else None,
        "usage": [
            {
                "period": line["period"],
                "appointmentType": line["appointment_type"],
                "booked": line["booked"],
                "released": line["released"],
                "used": line["booked"] - line["released"],
            }
            for line in lines
        ],
    }


def invoice(row: Row, lines: Sequence[Row] | None = None) -> dict[str, Any]:
    """Return an invoice, with its lines when they are given."""
    name = f"{row['number']}.pdf" if row["pdf_file"] else None
    return {
        "id": row["invoice_id"],
        "version": row["version"],
        "userId": row["person_id"],
        "status": row["status"],
        "number": row["number"],
        "currency": row["currency"],
        **_totals(row["net"], row["tax"], row["currency"]),
        "subscriptionId": row["subscription_id"],
        "period": row["period"],
        "appointmentId": row["appointment_id"],
        "source": row["source"],
        "billTo": _bill_to(row.get("bill_to")),
        "draftedAt": row["drafted_at"],
        "issueDate": row["issued_on"],
        "dueDate": row["due_on"],
        "paidAt": row["paid_at"],
        "paymentMethod": row["paid_by"],
        "pdfFilePath": row["pdf_file"],
        "pdfUrl": f"{DOWNLOADS}/{name}" if name else None,
        "pdfSha256": row["pdf_sha256"],
        "erased": row.get("erased", False),
        **({} if lines is None else {"lines": [_line(line) for line in lines]}),
    }


def explained(invoice_id: UUID, found: Explanation) -> dict[str, Any]:
    """Return why an invoice says what it says."""
    return {
        "invoiceId": invoice_id,
        "agrees": found.agrees,
        "lines": [
            {
                "lineId": line.line_id,
                "description": line.description if isinstance(line.description, str) else None,
                "erased": not isinstance(line.description, str),
                "quantity": line.quantity,
                **both("unit", line.unit.amount, line.unit.currency),
                "taxBasisPoints": line.tax_basis_points,
                "rounding": line.rounding,
                **_amounts(line.recorded),
                "recomputed": _amounts(line.recomputed),
                "events": line.events,
                "sources": line.events[1:],
            }
            for line in found.lines
        ],
        "recorded": _amounts(found.recorded) if found.recorded else None,
        "recomputed": _amounts(found.recomputed),
        "paid_cents": found.paid.amount if found.paid else None,
        "taken_back_cents": found.taken_back.amount if found.taken_back else None,
        "events": [{"id": event, "topic": topic} for event, topic in found.events],
    }


def balance(row: Row) -> dict[str, Any]:
    """Return a balance in one currency."""
    return _summary(row, BALANCES) | {"openInvoices": row["open_invoices"]}


def revenue(row: Row) -> dict[str, Any]:
    """Return a day's or month's figures in one currency."""
    return _summary(row, REVENUE) | {"startsOn": row["starts_on"], "invoices": row["invoices"]}


def _summary(row: Row, names: Sequence[str]) -> dict[str, Any]:
    result: dict[str, Any] = {"currency": row["currency"]}
    for name in names:
        result |= both(name, row[name], row["currency"])
    return result


def _line(row: Row) -> dict[str, Any]:
    return {
        "lineId": row["line_id"],
        "description": row.get("description"),
        "quantity": row["quantity"],
        **both("unit", row["unit"], row["currency"]),
        "taxBasisPoints": row["tax_basis_points"],
        **both("net", row["net"], row["currency"]),
        **both("tax", row["tax"], row["currency"]),
        "sources": row["sources"],
        "erased": row.get("erased", False),
    }


def _bill_to(value: dict[str, Any] | None) -> dict[str, Any] | None:
    return {"name": value["name"], "lines": value.get("lines", [])} if value else None


def _amounts(amounts: Amounts) -> dict[str, Any]:
    return _totals(amounts.net.amount, amounts.tax.amount, amounts.net.currency)


def _totals(net: int, tax: int, currency: str) -> dict[str, Any]:
    return both("net", net, currency) | both("tax", tax, currency) | both("total", net + tax, currency)
