"""Invoice one period of a subscription: drafted, filled and issued in one transaction, once per period."""

from datetime import timedelta
from uuid import UUID

from application.billing.issuing import figures, issue
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.billing.bill import Occasion
from domain.billing.events import BillTo
from domain.billing.invoice import Invoice, Line
from domain.billing.subscription import Subscription
from domain.kernel.ids import derived_id


class InvoicePeriod(Command, frozen=True, kw_only=True):
    """``source`` is the id of the event with which the period began."""

    subscription_id: UUID
    period: int
    source: UUID
    bill_to: BillTo | None = None


def period_invoice_id(subscription_id: UUID, period: int) -> UUID:
    """Return the one id an invoice of this period can have."""
    return derived_id("invoice", subscription_id, period)


@use_case(InvoicePeriod, "invoices:issue")
async def handle(command: InvoicePeriod, session: Session) -> Outcome:
    """A period that has its invoice, or costs nothing, gets no other. Raises NotFound."""
    subscription = await session.load(Subscription, command.subscription_id)
    invoice_id = period_invoice_id(subscription.id, command.period)
    invoice = await session.store.load(Invoice, session.context.tenant_id, invoice_id)
    terms = subscription.terms
    if invoice.version or not terms.amount.amount:
        return Outcome(invoice_id, invoice.version, 0, {})
    occasion = Occasion(subscription.id, command.period)
    invoice.draft(subscription.person_id, terms.amount.currency, occasion, session.context.now, command.bill_to)
    _, start, end = terms.period(subscription.anchor, command.period)
    text = f"{subscription.plan_name}, {start.isoformat()} to {(end - timedelta(days=1)).isoformat()}"
    line_id = derived_id("line", invoice_id, 1)
    invoice.add_line(Line(line_id, text, 1, terms.amount, terms.tax_basis_points, (command.source,)))
    register = await issue(session, invoice)
    return await session.commit(invoice, register, **figures(invoice))
