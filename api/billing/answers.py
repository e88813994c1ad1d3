"""Answers of billing."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.billing.schemas import BillToBody, IssuerBody, Shared
from domain.billing.periods import Interval
from domain.billing.states import InvoiceStatus, SubscriptionStatus
from domain.scheduling.kinds import AppointmentType


class Done(Shared):
    """What a command answers, beside figures of its own."""

    id: UUID
    version: int = Field(examples=[1])


class Money(Shared):
    """An amount in both forms."""

    amount: str = Field(examples=["79.00"])
    amount_cents: int = Field(alias="amount_cents", examples=[7900])
    currency: str = Field(examples=["INR"])


class PlanView(Money):
    """A plan."""

    id: UUID
    version: int
    name: str
    interval: Interval
    interval_count: int
    appointments_included: int
    is_unlimited_appointments: bool
    appointment_types: dict[str, bool]
    trial_days: int
    tax_basis_points: int
    is_active: bool
    created_at: datetime


class Quota(Shared):
    """Where a subscription stands."""

    status: SubscriptionStatus
    appointments_used: int = Field(examples=[3])
    appointments_remaining: int | None = Field(examples=[7], description="null: unlimited")
    is_unlimited_appointments: bool
    current_period: int = Field(description="0 is the trial.")
    current_period_start: date
    current_period_end: date = Field(description="The first day that does not belong to it.")
    ends_on: date | None = None


class SubscriptionDone(Done, Quota):
    """What a command on a subscription answers."""


class SubscriptionView(SubscriptionDone, Money):
    """A subscription."""

    user_id: UUID
    plan_id: UUID
    plan_name: str
    interval: Interval
    interval_count: int
    appointments_included: int | None
    appointment_types: dict[str, bool]
    time_zone: str
    started_at: datetime
    ended_at: datetime | None = None


class CanBook(SubscriptionDone):
    """Whether an appointment of the type can be booked now; if not, why."""

    user_id: UUID
    can_book: bool
    appointment_type: AppointmentType
    code: str | None = Field(None, examples=["quota-exhausted"])
    reason: str | None = None
    details: dict[str, object] | None = None


class Booked(Done):
    """What booking on a subscription, or taking off it, answers."""

    subscription_id: UUID
    appointment_id: UUID
    appointments_used: int
    appointments_remaining: int | None


class UsageLine(Shared):
    """Appointments of one type in one period."""

    period: int
    appointment_type: str
    booked: int
    released: int
    used: int


class Usage(Shared):
    """What was used of a subscription."""

    subscription_id: UUID
    appointments_used: int
    appointments_remaining: int | None
    appointments_included: int | None
    percent_used: int | None
    usage: list[UsageLine]


class Totals(Shared):
    """Net, tax and both together, in both forms."""

    net: str = Field(examples=["79.00"])
    net_cents: int = Field(alias="net_cents", examples=[7900])
    tax: str = Field(examples=["14.22"])
    tax_cents: int = Field(alias="tax_cents", examples=[1422])
    total: str = Field(examples=["93.22"])
    total_cents: int = Field(alias="total_cents", examples=[9322])


class InvoiceDone(Done):
    """What a command on an invoice answers."""

    status: InvoiceStatus
    number: str | None = Field(examples=["INV-2026-000001"])
    currency: str
    net: str
    tax: str
    total: str
    total_cents: int = Field(alias="total_cents")


class LineView(Shared):
    """A line of an invoice."""

    line_id: UUID
    description: str | None
    quantity: int
    unit: str
    unit_cents: int = Field(alias="unit_cents")
    tax_basis_points: int
    net: str
    net_cents: int = Field(alias="net_cents")
    tax: str
    tax_cents: int = Field(alias="tax_cents")
    sources: list[UUID]
    erased: bool = False


class InvoiceView(Totals):
    """An invoice."""

    id: UUID
    version: int
    user_id: UUID
    status: InvoiceStatus
    number: str | None
    currency: str
    subscription_id: UUID | None
    period: int | None
    appointment_id: UUID | None
    source: str | None
    bill_to: BillToBody | None
    drafted_at: datetime
    issue_date: date | None
    due_date: date | None
    paid_at: datetime | None
    payment_method: str | None
    pdf_file_path: str | None
    pdf_url: str | None
    pdf_sha256: str | None
    erased: bool = False
    lines: list[LineView] | None = None


class Requested(Done):
    """Where the document will be."""

    file_name: str = Field(examples=["INV-2026-000001.pdf"])
    pdf_url: str


class ExplainedLine(LineView):
    """A line, what it comes to worked out again, and the events it comes from (its own first)."""

    total: str
    total_cents: int = Field(alias="total_cents")
    rounding: str
    recomputed: Totals
    events: list[UUID]


class HistoryEvent(Shared):
    """Something that happened to the invoice."""

    id: UUID
    topic: str


class Explained(Shared):
    """Why an invoice says what it says. ``agrees``: recorded and recomputed are the same to the minor unit."""

    invoice_id: UUID
    agrees: bool
    lines: list[ExplainedLine]
    recorded: Totals | None
    recomputed: Totals
    paid_cents: int | None = Field(alias="paid_cents")
    taken_back_cents: int | None = Field(alias="taken_back_cents")
    events: list[HistoryEvent]


class Balance(Shared):
    """What a person owes in one currency: issued, less paid, taken back and written off."""

    currency: str
    outstanding: str = Field(examples=["93.22"])
    outstanding_cents: int = Field(alias="outstanding_cents", examples=[9322])
    overdue: str
    overdue_cents: int = Field(alias="overdue_cents")
    issued: str
    issued_cents: int = Field(alias="issued_cents")
    paid: str
    paid_cents: int = Field(alias="paid_cents")
    taken_back: str = Field(alias="taken_back")
    taken_back_cents: int = Field(alias="taken_back_cents")
    written_off: str = Field(alias="written_off")
    written_off_cents: int = Field(alias="written_off_cents")
    open_invoices: int


class RevenueRow(Shared):
    """One day or month in one currency. What was voided is taken off what was invoiced, on the day it was voided."""

    starts_on: date
    currency: str
    invoices: int
    invoiced_net: str = Field(alias="invoiced_net", examples=["79.00"])
    invoiced_net_cents: int = Field(alias="invoiced_net_cents", examples=[7900])
    invoiced_tax: str = Field(alias="invoiced_tax")
    invoiced_tax_cents: int = Field(alias="invoiced_tax_cents")
    from_subscriptions: str = Field(alias="from_subscriptions")
    from_subscriptions_cents: int = Field(alias="from_subscriptions_cents")
    imported: str
    imported_cents: int = Field(alias="imported_cents")
    paid: str
    paid_cents: int = Field(alias="paid_cents")
    written_off: str = Field(alias="written_off")
    written_off_cents: int = Field(alias="written_off_cents")


class Revenue(Shared):
    """Revenue from one day to another, both included; ``as_of_position``: the last event in any of it."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    group: Literal["day", "month"]
    as_of_position: int = Field(alias="as_of_position")
    rows: list[RevenueRow]


class FeeView(Money):
    """The price before tax of one appointment of a type."""

    appointment_type: AppointmentType
    tax_basis_points: int


class SettingsView(Shared):
    """A clinic's billing settings."""

    issuer: IssuerBody
    currency: str
    time_zone: str
    due_days: int
    fees: list[FeeView]


class SettingsDone(Done, SettingsView):
    """The settings as they are now."""
