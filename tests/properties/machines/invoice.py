"""A clinic's invoices, at New Year and when clocks change, with their numbers and the ledger they amount to."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import strategies as some
from hypothesis.stateful import initialize, invariant

from domain.billing.bill import Occasion
from domain.billing.events import InvoiceLineAdded, InvoiceVoided
from domain.billing.invoice import Invoice, Line
from domain.billing.issuer import Issuer
from domain.billing.register import InvoiceRegister
from domain.billing.states import PaymentMethod
from domain.kernel.event import DomainEvent
from domain.kernel.money import Money
from tests.properties.models.invoice import BASIS, OWED, PERSON, WHERE, Bill, entries, seen, told
from tests.properties.playing import DONE, ILLEGAL, MOST, Machine, Stream, Tally, ids, one, turn


class Ledger(Machine):
    """Drafts, issues and ends invoices of one clinic; numbers are drawn in the commit that issues."""

    currencies = some.sampled_from(["INR", "INR", "INR", "EUR"])

    def __init__(self, kind: type[Invoice] = Invoice, tally: Tally | None = None) -> None:
        super().__init__(tally)
        self.kind = kind
        self.ids = ids(0x3000)
        self.model: list[Bill] = []
        self.streams: list[Stream[Invoice]] = []
        self.registers: dict[int, Stream[InvoiceRegister]] = {}
        self.numbers: dict[int, int] = {}

    @initialize(where=some.sampled_from(WHERE))
    def open(self, where: tuple[str, datetime]) -> None:
        self.zone, self.now = where

    def room(self) -> bool:
        """Whether few of them are still open: those are what more can happen to."""
        return sum(bill.status in ("DRAFT", *OWED) for bill in self.model) < MOST > len(self.model) // 2

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.zone)).date()

    def begin(self, bill: Bill, act: Callable[[Invoice], object]) -> int:
        stream = Stream(self.kind, next(self.ids))
        assert stream.play(act) == DONE
        self.model.append(bill)
        self.streams.append(stream)
        return len(self.model) - 1

    def agree(self, bill: int, act: Callable[[Invoice], object], said: str) -> None:
        assert self.streams[bill].play(act) == said

    @turn(when=lambda self: self.room(), currency=currencies)
    def draft(self, currency: str) -> int:
        return self.begin(Bill(currency), lambda i: i.draft(PERSON, currency, Occasion(), self.now))

    @turn(when=lambda self: self.room(), total=some.integers(0, 10_000))
    def take_over(self, total: int) -> int:
        bill = Bill("EUR", "OPEN", imported=total)
        return self.begin(bill, lambda i: i.take_over(PERSON, "old", Money(total, "EUR"), self.today))

    @turn(when=lambda self: self.room(), unit=some.sampled_from([10, 30, 7900]), rate=some.sampled_from([500, 1800]))
    def bill_a_visit(self, unit: int, rate: int) -> int:
        """All that usually comes of one, so that more than drafts are met."""
        bill = self.draft("INR")
        self.add_line(bill, 1, 1, unit, rate, "INR")
        self.issue(bill, 0)
        return bill

    @turn(bill=one)
    def begin_again(self, bill: int) -> None:
        self.agree(bill, lambda i: i.draft(PERSON, "INR", Occasion(), self.now), ILLEGAL)
        self.agree(bill, lambda i: i.take_over(PERSON, "new", Money(1, "EUR"), self.today), DONE)

    @turn(bill=one, line=some.integers(1, 4), quantity=some.sampled_from([1, 1, 2, 3, 0]),
          unit=some.sampled_from([10, 30, 50, 7900, 10**11, 0, -1]),
          rate=some.sampled_from([500, 500, 1800, 2300, 0, BASIS, BASIS + 1]), currency=currencies)  # fmt: skip
    def add_line(self, bill: int, line: int, quantity: int, unit: int, rate: int, currency: str) -> None:
        given = Line(UUID(int=line), "Visit", quantity, Money(unit, currency), rate, ())
        self.agree(bill, lambda i: i.add_line(given), self.model[bill].add(line, quantity, unit, rate, currency))

    @turn(bill=one, days=some.sampled_from([0, 0, 1, 2, -1]))
    def issue(self, bill: int, days: int) -> None:
        today, due = self.today, self.today + timedelta(days=days)
        register = self.registers.setdefault(today.year, Stream(InvoiceRegister, next(self.ids)))
        number = self.numbers.get(today.year, 0) + 1
        said = self.model[bill].issue(f"INV-{today.year}-{number:06d}", today, due)
        drawn = register.load()

        def act(invoice: Invoice) -> None:
            invoice.issue(drawn.assign(invoice.id, today.year), Issuer(), self.zone, today, due)

        self.agree(bill, act, said)
        if said == DONE:
            self.numbers[today.year] = number
            register.keep(drawn)

    @turn(bill=one, given=some.sampled_from(["nothing", "all", "more", "another currency"]))
    def pay(self, bill: int, given: str) -> None:
        own = self.model[bill]
        amount = None if given == "nothing" else own.net + own.tax + (given == "more")
        currency = "USD" if given == "another currency" else own.currency
        money = None if amount is None else Money(amount, currency)
        said = own.pay(amount, currency)
        self.agree(bill, lambda i: i.pay(PaymentMethod.CASH, money, self.today, self.now), said)

    @turn(bill=one)
    def void(self, bill: int) -> None:
        self.agree(bill, lambda i: i.void(self.today), self.model[bill].settle("VOID", "DRAFT", *OWED))

    @turn(bill=one)
    def give_up(self, bill: int) -> None:
        said = self.model[bill].settle("UNCOLLECTIBLE", *OWED)
        self.agree(bill, lambda i: i.mark_uncollectible(self.today), said)

    @turn(weight=3, bill=one, minutes=some.sampled_from([0, 15, 60, 240, 1440, 1440]))
    def look_at_the_due_date(self, bill: int, minutes: int) -> None:
        """It has passed once it is a later day where the clinic is."""
        own = self.model[bill]
        self.now += timedelta(minutes=minutes)
        if own.due is not None and self.today > own.due:
            own.settle("OVERDUE", "OPEN")
        self.agree(bill, lambda i: i.mark_overdue(self.now), DONE)

    @turn(bill=one, name=some.sampled_from(["first.pdf", "second.pdf"]))
    def store_the_document(self, bill: int, name: str) -> None:
        said = DONE if self.model[bill].number else ILLEGAL
        self.agree(bill, lambda i: i.request_pdf(self.now), said)
        if said == DONE:
            self.model[bill].pdf = name
            self.agree(bill, lambda i: i.store_pdf(name, name, 1), DONE)

    @invariant()
    def events_and_aggregate_tell_what_the_model_knows(self) -> None:
        for stream, bill in zip(self.streams, self.model, strict=True):
            assert told(stream.facts) == bill.picture()
            assert seen(stream.load()) == bill.picture()

    @invariant()
    def numbers_leave_nothing_out(self) -> None:
        given = sorted(bill.number for bill in self.model if bill.number)
        assert given == sorted(f"INV-{year}-{n:06d}" for year, last in self.numbers.items() for n in range(1, last + 1))
        for year, register in self.registers.items():
            assert [fact["sequence"] for _, fact in register.facts] == list(range(1, self.numbers.get(year, 0) + 1))

    @invariant()
    def money_sums_to_zero_and_what_is_owed_is_owed_by_someone(self) -> None:
        for stream, bill in zip(self.streams, self.model, strict=True):
            booked = entries(stream.facts)
            assert sum(amount for _, amount in booked) == 0
            owed = sum(amount for account, amount in booked if account == "owed")
            assert owed == (bill.net + bill.tax if bill.status in OWED else 0)


class TaxToTheEvenCent(Invoice):
    """Planted: half a cent of tax goes to the even cent, as banks round."""

    def record(self, event: DomainEvent) -> None:
        if isinstance(event, InvoiceLineAdded):
            tax = round(Fraction(event.net.amount * event.tax_basis_points, BASIS))
            event = msgspec.structs.replace(event, tax=Money(tax, self.currency))
        super().record(event)


class OverdueVoidedForNothing(Invoice):
    """Planted: voiding takes back what is open, and forgets what is overdue."""

    def record(self, event: DomainEvent) -> None:
        if isinstance(event, InvoiceVoided) and event.was == "OVERDUE":
            zero = Money(0, self.currency)
            event = msgspec.structs.replace(event, net=zero, tax=zero, outstanding=zero)
        super().record(event)
