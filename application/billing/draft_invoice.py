"""Begin an invoice by hand."""

from uuid import UUID

from application.billing.issuing import AlreadyBilled, billed_once, figures
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.ports.event_store import KeyTaken
from domain.billing.bill import Occasion
from domain.billing.events import BillTo
from domain.billing.invoice import Invoice, Line
from domain.kernel.money import Money


class NewLine(Command, frozen=True, kw_only=True):
    """A line as it is asked for; ``sources``: ids of the events it comes from, where there are any."""

    description: str
    quantity: int
    unit: Money
    tax_basis_points: int = 0
    sources: tuple[UUID, ...] = ()


class DraftInvoice(Command, frozen=True, kw_only=True):
    """For a person, with or without lines; an appointment is billed by one invoice at a time."""

    person_id: UUID
    currency: str
    appointment_id: UUID | None = None
    subscription_id: UUID | None = None
    bill_to: BillTo | None = None
    lines: tuple[NewLine, ...] = ()


@use_case(DraftInvoice, "invoices:create")
async def handle(command: DraftInvoice, session: Session) -> Outcome:
    """Raises AlreadyBilled, UnsoundLine, CurrencyMismatch."""
    invoice = Invoice(session.context.new_id())
    occasion = Occasion(command.subscription_id, None, command.appointment_id)
    invoice.draft(command.person_id, command.currency, occasion, session.context.now, command.bill_to)
    for line in command.lines:
        invoice.add_line(line_of(line, session.context.new_id()))
    if command.appointment_id is not None:
        session.take(invoice.id, billed_once(command.appointment_id))
    try:
        return await session.commit(invoice, **figures(invoice))
    except KeyTaken:
        raise AlreadyBilled("This appointment is on another invoice: void that first.") from None


def line_of(line: NewLine, line_id: UUID) -> Line:
    """Return the line under an id."""
    return Line(line_id, line.description, line.quantity, line.unit, line.tax_basis_points, line.sources)
