"""The life of an invoice. Amounts are whole minor units; each event carries what its readers have to add up."""

from datetime import date, datetime
from uuid import UUID

from domain.billing.events.base import ClinicBilled, PersonBilled
from domain.billing.issuer import Issuer
from domain.billing.states import InvoiceStatus, PaymentMethod, Rounding
from domain.kernel.classes import Code, Currency, ForeignId
from domain.kernel.event import Content, Sealed
from domain.kernel.money import Money


class BillTo(Content, frozen=True, kw_only=True, tag="bill-to"):
    """Whom the document is addressed to: name and address lines."""

    name: str
    lines: tuple[str, ...] = ()


class InvoiceDrafted(PersonBilled, frozen=True, kw_only=True):
    """An invoice was begun; it belongs to a subscription's period, to an appointment, or stands alone."""

    TOPIC = "billing.invoice.drafted"
    currency: Currency
    subscription_id: UUID | None
    period: int | None
    appointment_id: UUID | None
    drafted_at: datetime
    bill_to: Sealed[BillTo | None]


class InvoiceLineAdded(PersonBilled, frozen=True, kw_only=True):
    """A line: ``net`` = quantity × unit, ``tax`` = net × basis points / 10 000, rounded per line as ``rounding`` says.

    ``sources`` are the ids of the events the line comes from.
    """

    TOPIC = "billing.invoice.line_added"
    line_id: UUID
    quantity: int
    unit: Money
    tax_basis_points: int
    net: Money
    tax: Money
    rounding: Rounding
    sources: tuple[UUID, ...]
    description: Sealed[str]


class InvoiceNumberAssigned(ClinicBilled, frozen=True, kw_only=True):
    """The next number of a tenant's year was given to an invoice: committed together with its being issued."""

    TOPIC = "billing.invoice_register.number_assigned"
    year: int
    sequence: int
    invoice_id: UUID


class InvoiceIssued(PersonBilled, frozen=True, kw_only=True):
    """The invoice is owed. ``overdue_at`` is the instant the day after ``due_on`` begins in the issuer's zone."""

    TOPIC = "billing.invoice.issued"
    number: ForeignId
    net: Money
    tax: Money
    total: Money
    issued_on: date
    due_on: date
    overdue_at: datetime
    issuer: Issuer
    subscription_id: UUID | None


class InvoicePaid(PersonBilled, frozen=True, kw_only=True):
    """The invoice was settled in full; ``tax`` is part of ``amount``. ``reference`` is the payer's own."""

    TOPIC = "billing.invoice.paid"
    was: InvoiceStatus
    amount: Money
    tax: Money
    method: PaymentMethod
    paid_at: datetime
    paid_on: date
    subscription_id: UUID | None
    reference: Sealed[str | None]


class InvoiceVoided(PersonBilled, frozen=True, kw_only=True):
    """The invoice is not owed and never was; it keeps its number. ``net`` and ``tax`` (with ``outstanding`` their
    sum) are what it takes back: zero for a draft."""

    TOPIC = "billing.invoice.voided"
    was: InvoiceStatus
    net: Money
    tax: Money
    outstanding: Money
    voided_on: date
    subscription_id: UUID | None
    reason: Sealed[str | None]


class InvoiceMarkedOverdue(PersonBilled, frozen=True, kw_only=True):
    """The due date passed without payment."""

    TOPIC = "billing.invoice.marked_overdue"
    due_on: date
    outstanding: Money
    subscription_id: UUID | None


class InvoiceMarkedUncollectible(PersonBilled, frozen=True, kw_only=True):
    """The claim was given up; the invoice stands, and its amount is written off."""

    TOPIC = "billing.invoice.marked_uncollectible"
    was: InvoiceStatus
    net: Money
    tax: Money
    outstanding: Money
    marked_on: date
    subscription_id: UUID | None


class InvoicePdfRequested(PersonBilled, frozen=True, kw_only=True):
    """Somebody asked for the document (again)."""

    TOPIC = "billing.invoice.pdf_requested"
    requested_at: datetime


class InvoicePdfStored(PersonBilled, frozen=True, kw_only=True):
    """The document lies in file storage under ``file_name``; ``sha256`` (hex) is that of its content."""

    TOPIC = "billing.invoice.pdf_stored"
    file_name: Code
    sha256: Code
    size: int


class InvoiceImported(PersonBilled, frozen=True, kw_only=True):
    """An invoice another system issued was taken over as it stands there, under its own ``source`` reference."""

    TOPIC = "billing.invoice.imported"
    source: ForeignId
    total: Money
    issued_on: date
