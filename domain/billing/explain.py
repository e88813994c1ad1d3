"""Why an invoice says what it says: every amount worked out again from the events, beside what was recorded."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from domain.billing.amounts import Amounts, line_amounts, summed
from domain.billing.events import (
    InvoiceDrafted,
    InvoiceImported,
    InvoiceIssued,
    InvoiceLineAdded,
    InvoicePaid,
    InvoiceVoided,
)
from domain.billing.states import Rounding
from domain.kernel.errors import NotFound
from domain.kernel.event import DomainEvent
from domain.kernel.money import Money


class ExplainedLine(NamedTuple):
    """A line with the amounts recorded and those worked out again; ``events``: its own event, then its sources."""

    line_id: UUID
    description: object
    quantity: int
    unit: Money
    tax_basis_points: int
    rounding: Rounding
    recorded: Amounts
    recomputed: Amounts
    events: tuple[UUID, ...]


class Explanation(NamedTuple):
    """``recorded`` is what the invoice was issued for (None for a draft); ``recomputed`` the sum of its lines.

    ``events``: id and topic of everything that happened to the invoice, in order.
    """

    person_id: UUID
    lines: list[ExplainedLine]
    recorded: Amounts | None
    recomputed: Amounts
    paid: Money | None
    taken_back: Money | None
    events: list[tuple[UUID, str]]

    @property
    def agrees(self) -> bool:
        """Whether everything recorded is what the lines come to, to the minor unit."""
        lines = all(line.recorded == line.recomputed for line in self.lines)
        return lines and self.recorded in (None, self.recomputed)


def explain(history: Iterable[tuple[UUID, DomainEvent]]) -> Explanation:
    """Explain an invoice from its (event id, event) pairs. Raises NotFound when there is nothing to explain."""
    pairs = list(history)
    first = next((e for _, e in pairs if isinstance(e, InvoiceDrafted | InvoiceImported)), None)
    if first is None:
        raise NotFound("There is no such invoice here.")
    lines = [_line(event_id, event) for event_id, event in pairs if isinstance(event, InvoiceLineAdded)]
    issued = next((e for _, e in pairs if isinstance(e, InvoiceIssued)), None)
    recorded = Amounts(issued.net, issued.tax) if issued else None
    if isinstance(first, InvoiceImported):
        recorded = recomputed = Amounts(first.total, Money(0, first.total.currency))
    else:
        recomputed = summed((line.recomputed for line in lines), first.currency)
    return Explanation(
        person_id=first.person_id,
        lines=lines,
        recorded=recorded,
        recomputed=recomputed,
        paid=next((e.amount for _, e in pairs if isinstance(e, InvoicePaid)), None),
        taken_back=next((e.outstanding for _, e in pairs if isinstance(e, InvoiceVoided)), None),
        events=[(event_id, event.TOPIC) for event_id, event in pairs],
    )


def _line(event_id: UUID, event: InvoiceLineAdded) -> ExplainedLine:
    return ExplainedLine(
        line_id=event.line_id,
        description=event.description,
        quantity=event.quantity,
        unit=event.unit,
        tax_basis_points=event.tax_basis_points,
        rounding=event.rounding,
        recorded=Amounts(event.net, event.tax),
        recomputed=line_amounts(event.quantity, event.unit, event.tax_basis_points, event.rounding),
        events=(event_id, *event.sources),
    )
