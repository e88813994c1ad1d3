"""Three invoices for the read models to follow: one paid late, one taken back, one from another system."""

from datetime import date, timedelta
from uuid import UUID

from domain.billing.bill import Occasion
from domain.billing.events import BillTo
from domain.billing.invoice import Invoice, Line
from domain.billing.issuer import Issuer
from domain.billing.states import PaymentMethod
from domain.kernel.event import DomainEvent
from tests.domain.billing.sample import PERSON, at, inr
from tests.projections.ground import Telling

LATE, TAKEN_BACK, IMPORTED = UUID(int=101), UUID(int=102), UUID(int=103)
SUBSCRIPTION, SOURCE = UUID(int=104), UUID(int=105)
DAY, DUE = date(2026, 1, 31), date(2026, 3, 2)


def _issued(stream: UUID, number: str) -> Invoice:
    invoice = Invoice(stream)
    invoice.draft(PERSON, "INR", Occasion(SUBSCRIPTION, 1), at(1, 31), BillTo(name="Asha Menon"))
    invoice.add_line(Line(UUID(int=stream.int + 1000), "Basic Health Plan", 1, inr(7900), 1800, (SOURCE,)))
    invoice.add_line(Line(UUID(int=stream.int + 2000), "Home visit", 3, inr(1255), 500, ()))
    invoice.issue(number, Issuer(name="Lakeside Clinic"), "UTC", DAY, DUE)
    return invoice


def billed() -> list[Telling]:
    """Return what happened, in the order it happened."""
    paid_at = at(3, 9)
    late, back, other = _issued(LATE, "INV-2026-000001"), _issued(TAKEN_BACK, "INV-2026-000002"), Invoice(IMPORTED)
    late.mark_overdue(paid_at - timedelta(days=1))
    late.pay(PaymentMethod.UPI, None, paid_at.date(), paid_at)
    late.store_pdf("invoices/late.pdf", "ab", 9)
    back.void(date(2026, 2, 1), "entered twice")
    other.take_over(PERSON, "claim-1", inr(12_345), date(2020, 5, 1))
    told: list[tuple[UUID, list[DomainEvent]]] = [(LATE, late.pending), (TAKEN_BACK, back.pending)]
    return [(stream, event) for stream, events in told for event in events] + [(IMPORTED, other.pending[0])]
