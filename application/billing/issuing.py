"""What the use cases on invoices share: drawing the next number, billing a visit once."""

from datetime import date, timedelta
from uuid import UUID

from application.billing.change_settings import load_settings
from application.billing.registers import open_register
from application.kernel.session import Session
from domain.billing.invoice import Invoice
from domain.billing.periods import civil_date
from domain.billing.register import InvoiceRegister
from domain.kernel.errors import Kind, Refused
from domain.kernel.unique import UniqueKey


class AlreadyBilled(Refused):
    """Another invoice bills this appointment."""

    code = "already-billed"
    kind = Kind.CONFLICT


def billed_once(appointment_id: UUID) -> UniqueKey:
    """Return the key that keeps an appointment to one invoice that stands."""
    return UniqueKey("billing.appointment", str(appointment_id))


async def issue(session: Session, invoice: Invoice, due_on: date | None = None) -> InvoiceRegister:
    """Issue under the clinic's next number; commit the returned register together with the invoice.

    Raises EmptyInvoice, IllegalTransition, Invalid.
    """
    settings = await load_settings(session)
    today = civil_date(session.context.now, settings.zone)
    register = await open_register(session, today.year)
    number = register.assign(invoice.id, today.year)
    due = due_on or today + timedelta(days=settings.due_days)
    invoice.issue(number, settings.issuer, settings.zone, today, due)
    return register


async def clinic_today(session: Session) -> date:
    """Return today's date where the clinic is."""
    return civil_date(session.context.now, (await load_settings(session)).zone)


def figures(invoice: Invoice) -> dict[str, object]:
    """Return what every command on an invoice answers."""
    amounts = invoice.amounts
    return {
        "status": invoice.status.value,
        "number": invoice.number,
        "currency": invoice.currency,
        "net": amounts.net.decimal(),
        "tax": amounts.tax.decimal(),
        "total": amounts.total.decimal(),
        "total_cents": amounts.total.amount,
    }
