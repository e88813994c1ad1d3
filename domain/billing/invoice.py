"""An invoice: drafted with its lines, issued under the next number, then paid, void, overdue or given up."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from domain.billing.amounts import Amounts, line_amounts
from domain.billing.bill import Bill, Occasion
from domain.billing.events import (
    BillTo,
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
from domain.billing.issuer import Issuer
from domain.billing.periods import start_of_day
from domain.billing.states import InvoiceStatus as Status
from domain.billing.states import PaymentMethod, Rounding
from domain.kernel.errors import IllegalTransition, Invalid
from domain.kernel.money import BASIS, CurrencyMismatch, Money

MOST_LINES = 500
MOST_QUANTITY = 100_000
MOST_UNIT = 10**11
OWED = (Status.OPEN, Status.OVERDUE)


class UnsoundLine(Invalid):
    """A line's quantity, price or tax is out of range."""

    code = "unsound-line"


class EmptyInvoice(IllegalTransition):
    """An invoice without a line cannot be issued."""

    code = "empty-invoice"


class WrongAmount(Invalid):
    """A payment settles an invoice in full."""

    code = "wrong-amount"


class Line(NamedTuple):
    """What is billed, before its amounts are worked out. ``sources``: ids of the events it comes from."""

    line_id: UUID
    description: str
    quantity: int
    unit: Money
    tax_basis_points: int
    sources: tuple[UUID, ...]


class Invoice(Bill):
    """draft → open → paid | void | uncollectible, open → overdue → the same."""

    NAME = "invoice"

    def draft(
        self, person_id: UUID, currency: str, occasion: Occasion, now: datetime, bill_to: BillTo | None = None
    ) -> None:
        """Begin an invoice."""
        if self.version:
            raise IllegalTransition("This invoice exists already.")
        self.record(
            InvoiceDrafted(
                person_id=person_id, currency=currency, subscription_id=occasion.subscription_id,
                period=occasion.period, appointment_id=occasion.appointment_id, drafted_at=now, bill_to=bill_to,
            )
        )  # fmt: skip

    def add_line(self, line: Line) -> None:
        """Add a line to the draft; the same line id again changes nothing. Raises UnsoundLine, CurrencyMismatch."""
        self._must_be("given lines", Status.DRAFT)
        if line.line_id in self.lines:
            return
        if len(self.lines) >= MOST_LINES:
            raise UnsoundLine(f"An invoice has {MOST_LINES} lines at most.", field="lines")
        for name, value, least, most in (
            ("quantity", line.quantity, 1, MOST_QUANTITY),
            ("unit", line.unit.amount, 0, MOST_UNIT),
            ("tax_basis_points", line.tax_basis_points, 0, BASIS),
        ):
            if not least <= value <= most:
                raise UnsoundLine(f"{name} must lie between {least} and {most}.", field=name, least=least, most=most)
        if line.unit.currency != self.currency:
            raise CurrencyMismatch("The line is in another currency than the invoice.", currency=self.currency)
        rounding = Rounding.HALF_AWAY_FROM_ZERO
        net, tax = line_amounts(line.quantity, line.unit, line.tax_basis_points, rounding)
        self.record(
            InvoiceLineAdded(
                person_id=self.person_id, line_id=line.line_id, quantity=line.quantity, unit=line.unit,
                tax_basis_points=line.tax_basis_points, net=net, tax=tax, rounding=rounding, sources=line.sources,
                description=line.description,
            )
        )  # fmt: skip

    def issue(self, number: str, issuer: Issuer, zone: str, issued_on: date, due_on: date) -> None:
        """Make the invoice owed, under ``number``. Dates are civil in ``zone``. Raises EmptyInvoice."""
        self._must_be("issued", Status.DRAFT)
        if not self.lines:
            raise EmptyInvoice("Add a line first.")
        if due_on < issued_on:
            raise Invalid("The due date lies before the date of issue.", field="due_on")
        amounts = self.amounts
        self.record(
            InvoiceIssued(
                person_id=self.person_id, number=number, net=amounts.net, tax=amounts.tax, total=amounts.total,
                issued_on=issued_on, due_on=due_on, overdue_at=start_of_day(due_on + timedelta(days=1), zone),
                issuer=issuer, subscription_id=self.occasion.subscription_id,
            )
        )  # fmt: skip

    def pay(
        self, method: PaymentMethod, amount: Money | None, today: date, now: datetime, reference: str | None = None
    ) -> None:
        """Settle in full. Raises WrongAmount when ``amount`` is given and is not what is owed."""
        self._must_be("paid", *OWED)
        if amount is not None and amount != self.total:
            raise WrongAmount("An invoice is settled in full.", owed=self.total.decimal(), currency=self.total.currency)
        self.record(
            InvoicePaid(
                person_id=self.person_id, was=self.status, amount=self.total, tax=self.amounts.tax, method=method,
                paid_at=now, paid_on=today, subscription_id=self.occasion.subscription_id, reference=reference,
            )
        )  # fmt: skip

    def void(self, today: date, reason: str | None = None) -> None:
        """Take the invoice back; one that was issued keeps its number, one issued elsewhere is voided there."""
        self._must_be("voided", Status.DRAFT, *OWED)
        if self.imported is not None:
            raise IllegalTransition("This invoice was issued by another system: void it there.", status=self.status)
        zero = Money(0, self.currency)
        back = Amounts(zero, zero) if self.status is Status.DRAFT else self.amounts
        self.record(
            InvoiceVoided(
                person_id=self.person_id, was=self.status, net=back.net, tax=back.tax, outstanding=back.total,
                voided_on=today, subscription_id=self.occasion.subscription_id, reason=reason,
            )
        )  # fmt: skip

    def mark_overdue(self, now: datetime) -> None:
        """Take note that the due date has passed (nothing when it is settled, or not yet due)."""
        if self.status is Status.OPEN and self.overdue_at is not None and now >= self.overdue_at:
            self.record(
                InvoiceMarkedOverdue(
                    person_id=self.person_id, due_on=self.due_on, outstanding=self.total,
                    subscription_id=self.occasion.subscription_id,
                )
            )  # fmt: skip

    def mark_uncollectible(self, today: date) -> None:
        """Give the claim up."""
        self._must_be("given up", *OWED)
        self.record(
            InvoiceMarkedUncollectible(
                person_id=self.person_id, was=self.status, net=self.amounts.net, tax=self.amounts.tax,
                outstanding=self.total, marked_on=today, subscription_id=self.occasion.subscription_id,
            )
        )  # fmt: skip

    def request_pdf(self, now: datetime) -> None:
        """Ask for the document."""
        if self.number is None:
            raise IllegalTransition("Only an invoice that was issued here has a document.", status=self.status)
        self.record(InvoicePdfRequested(person_id=self.person_id, requested_at=now))

    def store_pdf(self, file_name: str, sha256: str, size: int) -> None:
        """Take note of where the document lies and what it contains (the same again changes nothing)."""
        if self.pdf != (file_name, sha256):
            self.record(InvoicePdfStored(person_id=self.person_id, file_name=file_name, sha256=sha256, size=size))

    def take_over(self, person_id: UUID, source: str, total: Money, issued_on: date) -> None:
        """Take over an invoice another system issued, under the reference it has there (once)."""
        if self.version:
            return
        if total.amount < 0:
            raise Invalid("An invoice cannot be for less than nothing.", field="total")
        self.record(InvoiceImported(person_id=person_id, source=source, total=total, issued_on=issued_on))

    def _must_be(self, done: str, *states: Status) -> None:
        if self.status not in states:
            raise IllegalTransition(f"An invoice that is {self.status} cannot be {done}.", status=self.status)
