"""An invoice adds up to the minor unit, is issued once under its number, and ends in one of four ways."""

from datetime import UTC, date, datetime
from uuid import UUID

import msgspec
import pytest

from domain.billing.bill import Occasion
from domain.billing.events import (
    InvoiceDrafted,
    InvoiceImported,
    InvoiceIssued,
    InvoiceLineAdded,
    InvoiceMarkedOverdue,
    InvoiceMarkedUncollectible,
    InvoiceNumberAssigned,
    InvoicePaid,
    InvoicePdfStored,
    InvoiceVoided,
)
from domain.billing.invoice import EmptyInvoice, Invoice, Line, UnsoundLine, WrongAmount
from domain.billing.issuer import Issuer
from domain.billing.register import PAGE, InvoiceRegister
from domain.billing.states import InvoiceStatus, PaymentMethod, Rounding
from domain.kernel.errors import IllegalTransition, Invalid
from domain.kernel.money import CurrencyMismatch, Money
from tests.domain.billing.sample import PERSON, at, inr
from tests.domain.story import given

SUBSCRIPTION, SOURCE, LINE = UUID(int=81), UUID(int=82), UUID(int=83)
ISSUER = Issuer(name="Lakeside Clinic", address=("12 Lake Road", "Kochi"), tax_number="32AAAAA0000A1Z5")
OCCASION = Occasion(SUBSCRIPTION, 1)
DRAFTED = InvoiceDrafted(
    person_id=PERSON, currency="INR", subscription_id=SUBSCRIPTION, period=1, appointment_id=None,
    drafted_at=at(1, 31), bill_to=None,
)  # fmt: skip
FEE = Line(LINE, "Basic Health Plan", 1, inr(7900), 1800, (SOURCE,))
LINE_ADDED = InvoiceLineAdded(
    person_id=PERSON, line_id=LINE, quantity=1, unit=inr(7900), tax_basis_points=1800, net=inr(7900), tax=inr(1422),
    rounding=Rounding.HALF_AWAY_FROM_ZERO, sources=(SOURCE,), description="Basic Health Plan",
)  # fmt: skip
ISSUED = InvoiceIssued(
    person_id=PERSON, number="INV-2026-000001", net=inr(7900), tax=inr(1422), total=inr(9322),
    issued_on=date(2026, 1, 31), due_on=date(2026, 3, 2), overdue_at=datetime(2026, 3, 2, 18, 30, tzinfo=UTC),
    issuer=ISSUER, subscription_id=SUBSCRIPTION,
)  # fmt: skip
OPEN = (DRAFTED, LINE_ADDED, ISSUED)
OVERDUE = InvoiceMarkedOverdue(
    person_id=PERSON, due_on=date(2026, 3, 2), outstanding=inr(9322), subscription_id=SUBSCRIPTION
)
PAID = InvoicePaid(
    person_id=PERSON, was=InvoiceStatus.OPEN, amount=inr(9322), tax=inr(1422), method=PaymentMethod.UPI,
    paid_at=at(2, 3), paid_on=date(2026, 2, 3), subscription_id=SUBSCRIPTION, reference=None,
)  # fmt: skip


def issue(invoice: Invoice) -> None:
    invoice.issue("INV-2026-000001", ISSUER, "Asia/Kolkata", date(2026, 1, 31), date(2026, 3, 2))


def pay(invoice: Invoice) -> None:
    invoice.pay(PaymentMethod.UPI, inr(9322), date(2026, 2, 3), at(2, 3))


def voided(was: InvoiceStatus, net: int, tax: int) -> InvoiceVoided:
    return InvoiceVoided(
        person_id=PERSON, was=was, net=inr(net), tax=inr(tax), outstanding=inr(net + tax), voided_on=date(2026, 2, 3),
        subscription_id=SUBSCRIPTION, reason="entered twice",
    )  # fmt: skip


@pytest.mark.requirement("R120")
class TestDraft:
    def test_says_what_it_is_for(self) -> None:
        given(Invoice).when(lambda i: i.draft(PERSON, "INR", OCCASION, at(1, 31))).then(DRAFTED)

    def test_takes_lines_with_tax_rounded_per_line(self) -> None:
        given(Invoice, DRAFTED).when(lambda i: i.add_line(FEE)).then(LINE_ADDED)

    def test_takes_the_same_line_once(self) -> None:
        given(Invoice, DRAFTED, LINE_ADDED).when(lambda i: i.add_line(FEE)).then()

    @pytest.mark.parametrize(
        "wrong", [FEE._replace(quantity=0), FEE._replace(unit=inr(-1)), FEE._replace(tax_basis_points=10_001)]
    )
    def test_refuses_a_line_out_of_range(self, wrong: Line) -> None:
        given(Invoice, DRAFTED).when(lambda i: i.add_line(wrong)).refused(UnsoundLine)

    def test_refuses_a_line_in_another_currency(self) -> None:
        euros = FEE._replace(unit=Money(7900, "EUR"))
        given(Invoice, DRAFTED).when(lambda i: i.add_line(euros)).refused(CurrencyMismatch)

    def test_refuses_lines_once_issued(self) -> None:
        late = FEE._replace(line_id=UUID(int=84))
        given(Invoice, *OPEN).when(lambda i: i.add_line(late)).refused(IllegalTransition)


class TestIssue:
    def test_fixes_totals_number_and_the_instant_it_becomes_overdue_in_the_clinic(self) -> None:
        given(Invoice, DRAFTED, LINE_ADDED).when(issue).then(ISSUED)

    def test_needs_a_line(self) -> None:
        given(Invoice, DRAFTED).when(issue).refused(EmptyInvoice)

    def test_happens_once(self) -> None:
        given(Invoice, *OPEN).when(issue).refused(IllegalTransition)

    def test_refuses_a_due_date_in_the_past(self) -> None:
        given(Invoice, DRAFTED, LINE_ADDED).when(
            lambda i: i.issue("INV-2026-000001", ISSUER, "UTC", date(2026, 1, 31), date(2026, 1, 30))
        ).refused(Invalid)


class TestRegister:
    def test_gives_the_next_number_of_the_year(self) -> None:
        first = InvoiceNumberAssigned(year=2026, sequence=1, invoice_id=UUID(int=91))
        printed: list[str] = []
        given(InvoiceRegister, first).when(lambda r: printed.append(r.assign(UUID(int=92), 2026))).then(
            InvoiceNumberAssigned(year=2026, sequence=2, invoice_id=UUID(int=92))
        )
        assert printed == ["INV-2026-000002"]

    def test_goes_on_from_page_to_page(self) -> None:
        first = InvoiceRegister(UUID(int=1))
        for number in range(PAGE):
            assert not first.full
            first.assign(UUID(int=number), 2026)
        assert first.full
        second = InvoiceRegister(UUID(int=2)).following(first)
        assert second.assign(UUID(int=PAGE), 2026) == f"INV-2026-{PAGE + 1:06d}"
        replayed = InvoiceRegister(UUID(int=2)).replay(second.pending)
        assert (replayed.last, replayed.full) == (PAGE + 1, False)


class TestEnd:
    def test_by_payment_in_full(self) -> None:
        given(Invoice, *OPEN).when(pay).then(PAID)

    def test_by_payment_after_the_due_date(self) -> None:
        late = msgspec.structs.replace(PAID, was=InvoiceStatus.OVERDUE)
        given(Invoice, *OPEN, OVERDUE).when(pay).then(late)

    def test_not_by_a_part_of_the_amount(self) -> None:
        part = given(Invoice, *OPEN).when(
            lambda i: i.pay(PaymentMethod.CASH, inr(9321), date(2026, 2, 3), at(2, 3))
        )  # fmt: skip
        part.refused(WrongAmount)

    def test_not_twice(self) -> None:
        given(Invoice, *OPEN, PAID).when(pay).refused(IllegalTransition)

    def test_by_voiding_takes_back_what_was_owed(self) -> None:
        given(Invoice, *OPEN).when(lambda i: i.void(date(2026, 2, 3), "entered twice")).then(
            voided(InvoiceStatus.OPEN, 7900, 1422)
        )

    def test_by_voiding_a_draft_takes_back_nothing(self) -> None:
        given(Invoice, DRAFTED, LINE_ADDED).when(lambda i: i.void(date(2026, 2, 3), "entered twice")).then(
            voided(InvoiceStatus.DRAFT, 0, 0)
        )

    def test_is_not_voided_once_paid(self) -> None:
        given(Invoice, *OPEN, PAID).when(lambda i: i.void(date(2026, 2, 3))).refused(IllegalTransition)

    def test_by_giving_up_the_claim(self) -> None:
        given(Invoice, *OPEN, OVERDUE).when(lambda i: i.mark_uncollectible(date(2026, 9, 1))).then(
            InvoiceMarkedUncollectible(
                person_id=PERSON, was=InvoiceStatus.OVERDUE, net=inr(7900), tax=inr(1422), outstanding=inr(9322),
                marked_on=date(2026, 9, 1), subscription_id=SUBSCRIPTION,
            )
        )  # fmt: skip


class TestOverdue:
    def test_begins_the_day_after_the_due_date(self) -> None:
        given(Invoice, *OPEN).when(lambda i: i.mark_overdue(ISSUED.overdue_at)).then(OVERDUE)

    def test_does_not_begin_a_minute_earlier(self) -> None:
        given(Invoice, *OPEN).when(lambda i: i.mark_overdue(datetime(2026, 3, 2, 18, 29, tzinfo=UTC))).then()

    def test_never_befalls_a_paid_invoice(self) -> None:
        given(Invoice, *OPEN, PAID).when(lambda i: i.mark_overdue(at(4, 1))).then()


class TestDocument:
    STORED = InvoicePdfStored(person_id=PERSON, file_name="invoices/a.pdf", sha256="00", size=9)

    def test_is_noted_with_its_content_hash_once(self) -> None:
        given(Invoice, *OPEN).when(lambda i: i.store_pdf("invoices/a.pdf", "00", 9)).then(self.STORED)
        given(Invoice, *OPEN, self.STORED).when(lambda i: i.store_pdf("invoices/a.pdf", "00", 9)).then()

    def test_of_a_draft_cannot_be_asked_for(self) -> None:
        given(Invoice, DRAFTED).when(lambda i: i.request_pdf(at(2, 1))).refused(IllegalTransition)


class TestImport:
    IMPORTED = InvoiceImported(person_id=PERSON, source="claim-1", total=inr(12_345), issued_on=date(2020, 5, 1))

    def test_takes_the_invoice_of_another_system_as_it_stands_there(self) -> None:
        given(Invoice).when(lambda i: i.take_over(PERSON, "claim-1", inr(12_345), date(2020, 5, 1))).then(self.IMPORTED)

    def test_twice_adds_nothing(self) -> None:
        given(Invoice, self.IMPORTED).when(
            lambda i: i.take_over(PERSON, "claim-1", inr(12_345), date(2020, 5, 1))
        ).then()

    def test_leaves_an_invoice_that_only_its_own_system_can_take_back(self) -> None:
        given(Invoice, self.IMPORTED).when(lambda i: i.void(date(2026, 2, 3))).refused(IllegalTransition)

    def test_leaves_an_invoice_that_can_be_paid(self) -> None:
        given(Invoice, self.IMPORTED).when(
            lambda i: i.pay(PaymentMethod.INSURANCE, None, date(2026, 2, 3), at(2, 3))
        ).then(
            InvoicePaid(
                person_id=PERSON, was=InvoiceStatus.OPEN, amount=inr(12_345), tax=inr(0),
                method=PaymentMethod.INSURANCE, paid_at=at(2, 3), paid_on=date(2026, 2, 3), subscription_id=None,
                reference=None,
            )
        )  # fmt: skip
