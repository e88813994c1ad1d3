"""The ends of an invoice: paid, void, or given up."""

from uuid import UUID

from application.billing.issuing import billed_once, clinic_today, figures
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.billing.invoice import Invoice
from domain.billing.states import PaymentMethod
from domain.kernel.money import Money

SETTLE, VOID = "invoices:settle", "invoices:void"


class PayInvoice(Command, frozen=True, kw_only=True):
    """Settled in full; an ``amount`` that is given must be the whole."""

    invoice_id: UUID
    method: PaymentMethod
    amount: Money | None = None
    reference: str | None = None


class VoidInvoice(Command, frozen=True, kw_only=True):
    """It is not owed and never was."""

    invoice_id: UUID
    reason: str | None = None


class GiveUpInvoice(Command, frozen=True, kw_only=True):
    """It cannot be collected."""

    invoice_id: UUID


@use_case(PayInvoice, SETTLE)
async def pay(command: PayInvoice, session: Session) -> Outcome:
    """Raises NotFound, IllegalTransition, WrongAmount."""
    invoice = await session.load(Invoice, command.invoice_id)
    today = await clinic_today(session)
    invoice.pay(command.method, command.amount, today, session.context.now, command.reference)
    return await session.commit(invoice, **figures(invoice))


@use_case(VoidInvoice, VOID)
async def void(command: VoidInvoice, session: Session) -> Outcome:
    """Frees its appointment to be billed anew. Raises NotFound, IllegalTransition."""
    invoice = await session.load(Invoice, command.invoice_id)
    invoice.void(await clinic_today(session), command.reason)
    if invoice.occasion.appointment_id is not None:
        session.release(invoice.id, billed_once(invoice.occasion.appointment_id))
    return await session.commit(invoice, **figures(invoice))


@use_case(GiveUpInvoice, VOID)
async def give_up(command: GiveUpInvoice, session: Session) -> Outcome:
    """Raises NotFound, IllegalTransition."""
    invoice = await session.load(Invoice, command.invoice_id)
    invoice.mark_uncollectible(await clinic_today(session))
    return await session.commit(invoice, **figures(invoice))
