"""Invoices: lines, sums in whole minor units, and the ledger they amount to."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

from domain.billing.invoice import Invoice
from tests.properties.playing import DONE, ILLEGAL, Fact

PERSON = UUID(int=31)
BASIS = 10_000
OWED = ("OPEN", "OVERDUE")
#: The eve of New Year, and of midnights that the clocks skip or see twice.
WHERE = [
    ("Asia/Kolkata", datetime(2026, 12, 31, 8, 30, tzinfo=UTC)),
    ("Pacific/Auckland", datetime(2026, 12, 31, 8, 30, tzinfo=UTC)),
    ("America/Santiago", datetime(2026, 9, 5, 12, 0, tzinfo=UTC)),
    ("America/Santiago", datetime(2026, 4, 4, 12, 0, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 4, 23, 12, 0, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 10, 31, 12, 0, tzinfo=UTC)),
]


class Picture(NamedTuple):
    """What is known of an invoice, however one came to know it; amounts in minor units."""

    status: str
    net: int
    tax: int
    number: str | None
    pdf: str | None


@dataclass
class Bill:
    """An invoice as the model keeps it. What is asked of it answers DONE, or the code it has to be refused with."""

    currency: str
    status: str = "DRAFT"
    lines: dict[int, tuple[int, int]] = field(default_factory=dict)
    imported: int | None = None
    number: str | None = None
    due: date | None = None
    pdf: str | None = None

    @property
    def net(self) -> int:
        return sum(net for net, _ in self.lines.values()) if self.imported is None else self.imported

    @property
    def tax(self) -> int:
        return sum(tax for _, tax in self.lines.values())

    def add(self, line: int, quantity: int, unit: int, rate: int, currency: str) -> str:
        if self.status != "DRAFT":
            return ILLEGAL
        if line in self.lines:
            return DONE
        if quantity < 1 or unit < 0 or not 0 <= rate <= BASIS:
            return "unsound-line"
        if currency != self.currency:
            return "currency-mismatch"
        net = quantity * unit
        self.lines[line] = (net, (2 * net * rate + BASIS) // (2 * BASIS))
        return DONE

    def issue(self, number: str, today: date, due: date) -> str:
        if self.status != "DRAFT":
            return ILLEGAL
        if not self.lines:
            return "empty-invoice"
        if due < today:
            return "invalid"
        self.status, self.number, self.due = "OPEN", number, due
        return DONE

    def settle(self, status: str, *before: str) -> str:
        if self.status not in before or (status == "VOID" and self.imported is not None):
            return ILLEGAL
        self.status = status
        return DONE

    def pay(self, amount: int | None, currency: str) -> str:
        if self.status in OWED and amount is not None and (amount, currency) != (self.net + self.tax, self.currency):
            return "wrong-amount"
        return self.settle("PAID", *OWED)

    def picture(self) -> Picture:
        return Picture(self.status, self.net, self.tax, self.number, self.pdf)


def told(facts: list[Fact]) -> Picture:
    """Work the picture out from what is stored, each line's amounts anew and in fractions."""
    state = {"drafted": "DRAFT", "imported": "OPEN", "issued": "OPEN", "paid": "PAID", "voided": "VOID",
             "marked_overdue": "OVERDUE", "marked_uncollectible": "UNCOLLECTIBLE"}  # fmt: skip
    known: dict[str, Any] = {"net": 0, "tax": 0, "number": None, "pdf": None}
    for what, fact in facts:
        known["status"] = state.get(what, known.get("status"))
        if what == "line_added":
            net = Fraction(fact["quantity"] * fact["unit"]["amount"])
            tax = net * fact["tax_basis_points"] / BASIS
            known["net"] += int(net)
            known["tax"] += int(tax) + (tax - int(tax) >= Fraction(1, 2))
        if what == "imported":
            known["net"] = fact["total"]["amount"]
        if what == "issued":
            known["number"] = fact["number"]
        if what == "pdf_stored":
            known["pdf"] = fact["file_name"]
    return Picture(**known)


def seen(invoice: Invoice) -> Picture:
    """What the aggregate itself says."""
    net, tax = invoice.amounts
    pdf = invoice.pdf[0] if invoice.pdf else None
    return Picture(invoice.status.value, net.amount, tax.amount, invoice.number, pdf)


def entries(facts: list[Fact]) -> list[tuple[str, int]]:
    """Return an invoice's bookings: what each event moves between the accounts. They sum to zero."""
    booked: list[tuple[str, int]] = []
    for what, fact in facts:
        match what:
            case "issued":
                net, tax, total = (fact[name]["amount"] for name in ("net", "tax", "total"))
                booked += [("owed", total), ("earned", -net), ("tax", -tax)]
            case "imported":
                booked += [("owed", fact["total"]["amount"]), ("earned", -fact["total"]["amount"])]
            case "paid":
                booked += [("received", fact["amount"]["amount"]), ("owed", -fact["amount"]["amount"])]
            case "voided":
                net, tax, total = (fact[name]["amount"] for name in ("net", "tax", "outstanding"))
                booked += [("owed", -total), ("earned", net), ("tax", tax)]
            case "marked_uncollectible":
                booked += [("lost", fact["outstanding"]["amount"]), ("owed", -fact["outstanding"]["amount"])]
    return booked
