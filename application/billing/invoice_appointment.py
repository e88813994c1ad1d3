"""Invoice an appointment that no subscription pays for, at its own price or the clinic's fee for its type, once."""

from uuid import UUID

from application.billing.change_settings import load_settings
from application.billing.issuing import billed_once, figures, issue
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.ports.event_store import KeyTaken
from domain.billing.bill import Occasion
from domain.billing.events import BillTo
from domain.billing.invoice import Invoice, Line
from domain.kernel.ids import derived_id
from domain.kernel.money import Money


class InvoiceAppointment(Command, frozen=True, kw_only=True):
    """``source`` is the id of the event with which the appointment was completed."""

    appointment_id: UUID
    person_id: UUID
    appointment_type: str
    price: Money | None
    held_on: str
    source: UUID
    bill_to: BillTo | None = None


def appointment_invoice_id(appointment_id: UUID) -> UUID:
    """Return the id of the invoice the clinic's own rule makes for an appointment."""
    return derived_id("invoice", "appointment", appointment_id)


@use_case(InvoiceAppointment, "invoices:issue")
async def handle(command: InvoiceAppointment, session: Session) -> Outcome:
    """Without a price or a fee for the type, a draft without lines waits for a person to price it.

    An appointment that is billed already gets no other invoice.
    """
    settings = await load_settings(session)
    invoice_id = appointment_invoice_id(command.appointment_id)
    invoice = await session.store.load(Invoice, session.context.tenant_id, invoice_id)
    if invoice.version:
        return Outcome(invoice_id, invoice.version, 0, figures(invoice))
    fee = settings.fees.get(command.appointment_type)
    price = command.price or (fee.amount if fee else None)
    currency = price.currency if price else settings.currency
    occasion = Occasion(appointment_id=command.appointment_id)
    invoice.draft(command.person_id, currency, occasion, session.context.now, command.bill_to)
    session.take(invoice_id, billed_once(command.appointment_id))
    if price is not None:
        text = f"{command.appointment_type.replace('_', ' ').capitalize()} appointment, {command.held_on}"
        line_id = derived_id("line", invoice_id, 1)
        invoice.add_line(Line(line_id, text, 1, price, fee.tax_basis_points if fee else 0, (command.source,)))
    try:
        if price is None:
            return await session.commit(invoice, **figures(invoice))
        return await session.commit(invoice, await issue(session, invoice), **figures(invoice))
    except KeyTaken:
        return Outcome(invoice_id, 0, 0, {})
