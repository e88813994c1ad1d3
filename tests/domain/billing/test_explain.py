"""An invoice can be explained: worked out again from its events it comes to the same minor unit."""

from datetime import UTC, date, datetime
from fractions import Fraction
from uuid import UUID

import msgspec
import pytest
from hypothesis import given as given_any
from hypothesis import strategies as some

from domain.billing.bill import Occasion
from domain.billing.events import InvoiceLineAdded
from domain.billing.explain import Explanation, explain
from domain.billing.invoice import Invoice, Line
from domain.billing.issuer import Issuer
from domain.kernel.errors import NotFound
from domain.kernel.event import DomainEvent
from tests.domain.billing.sample import PERSON, STREAM, inr

DAY, NOW = date(2026, 1, 31), datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
lines = some.lists(
    some.tuples(some.integers(1, 1000), some.integers(0, 10**9), some.integers(0, 10_000)), min_size=1, max_size=12
)


def invoice_with(bodies: list[tuple[int, int, int]]) -> Invoice:
    invoice = Invoice(STREAM)
    invoice.draft(PERSON, "INR", Occasion(), NOW)
    for number, (quantity, unit, tax) in enumerate(bodies):
        invoice.add_line(Line(UUID(int=number), "visit", quantity, inr(unit), tax, (UUID(int=1000 + number),)))
    invoice.issue("INV-2026-000001", Issuer(), "UTC", DAY, DAY)
    return invoice


def explained(events: list[DomainEvent]) -> Explanation:
    return explain((UUID(int=5000 + n), event) for n, event in enumerate(events))


class TestExplain:
    @given_any(lines)
    def test_comes_to_what_was_issued(self, bodies: list[tuple[int, int, int]]) -> None:
        invoice = invoice_with(bodies)
        explanation = explained(invoice.pending)
        assert explanation.agrees
        assert explanation.recomputed == invoice.amounts

    @given_any(lines)
    def test_never_strays_from_exact_arithmetic_by_more_than_half_a_unit_per_line(
        self, bodies: list[tuple[int, int, int]]
    ) -> None:
        exact = Fraction(sum(quantity * unit * rate for quantity, unit, rate in bodies), 10_000)
        tax = Fraction(explained(invoice_with(bodies).pending).recomputed.tax.amount)
        assert abs(tax - exact) <= Fraction(len(bodies), 2)

    def test_names_the_events_of_each_line(self) -> None:
        explanation = explained(invoice_with([(1, 7900, 1800), (2, 500, 0)]).pending)
        assert [line.events for line in explanation.lines] == [
            (UUID(int=5001), UUID(int=1000)),
            (UUID(int=5002), UUID(int=1001)),
        ]

    def test_finds_a_line_whose_recorded_tax_is_a_unit_off(self) -> None:
        events = list(invoice_with([(1, 7900, 1800)]).pending)
        line = events[1]
        assert isinstance(line, InvoiceLineAdded)
        events[1] = msgspec.structs.replace(line, tax=inr(1421))
        assert not explained(events).agrees

    def test_of_nothing_is_refused(self) -> None:
        with pytest.raises(NotFound):
            explain([])
