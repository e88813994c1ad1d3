"""Bodies of billing."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from domain.billing.periods import Interval
from domain.billing.states import PaymentMethod
from domain.scheduling.kinds import AppointmentType

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
Short = Annotated[str, StringConstraints(max_length=120)]
Cents = Annotated[int, Field(ge=0, le=10**12)]
Major = Annotated[Decimal, Field(ge=0, le=10**12, max_digits=20)]


class Shared(BaseModel):
    """camelCase names (amounts in minor units end in ``_cents``), nothing unknown."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Priced(Shared):
    """An amount as ``amount`` (major units) or ``amount_cents`` (minor units)."""

    amount: Major | None = Field(None, examples=[79])
    amount_cents: Cents | None = Field(
        None, validation_alias=AliasChoices("amount_cents", "amountCents"), examples=[7900]
    )


class PlanBody(Priced):
    """A plan: what it costs per period, and what it includes."""

    name: Text = Field(examples=["Basic Health Plan"])
    currency: Currency = "INR"
    interval: Interval = Field(examples=["MONTHLY"])
    interval_count: int = 1
    appointments_included: int = Field(0, examples=[10])
    is_unlimited_appointments: bool = False
    appointment_types: dict[AppointmentType, bool] = Field(
        {}, description="Types included (true) or left out (false). Empty: all. Only false ones: all others.",
        examples=[{"IN_PERSON": True, "VIDEO_CALL": False}],
    )  # fmt: skip
    trial_days: int = 0
    tax_basis_points: int = Field(0, description="1800 is 18 %.", examples=[1800])
    clinic_id: UUID | None = None


class SubscriptionBody(Shared):
    """Who subscribes to what."""

    user_id: UUID
    plan_id: UUID
    clinic_id: UUID | None = None
    time_zone: str | None = Field(None, description="IANA zone of its days; the clinic's if absent.")


class CancellationBody(Shared):
    """When it shall end."""

    at_period_end: bool = True


class LineBody(Priced):
    """A line; the amount is that of one unit, before tax."""

    description: Text = Field(examples=["Home visit"])
    quantity: int = 1
    currency: Currency = "INR"
    tax_basis_points: int = Field(0, examples=[1800])
    sources: list[UUID] = Field([], max_length=100, description="Ids of the events it comes from.")


class BillToBody(Shared):
    """Whom the document is addressed to."""

    name: Text
    lines: list[Short] = Field([], max_length=8)


class InvoiceBody(Shared):
    """A draft."""

    user_id: UUID
    clinic_id: UUID | None = None
    currency: Currency = "INR"
    appointment_id: UUID | None = None
    subscription_id: UUID | None = None
    bill_to: BillToBody | None = None
    lines: list[LineBody] = Field([], max_length=100)


class IssueBody(Shared):
    """When it is to be paid; the clinic's usual days if absent."""

    due_date: date | None = None


class PaymentBody(Priced):
    """How it was paid. An amount, with its currency, must be the whole."""

    method: PaymentMethod
    currency: Currency | None = None
    reference: Text | None = None


class VoidBody(Shared):
    """Why it is taken back."""

    reason: Text | None = None


class IssuerBody(Shared):
    """The business on the document."""

    name: Short = ""
    address: list[Short] = Field([], max_length=8)
    tax_number: Short = ""


class FeeBody(Priced):
    """The price before tax of one appointment of a type."""

    appointment_type: AppointmentType
    currency: Currency = "INR"
    tax_basis_points: int = 0


class SettingsBody(Shared):
    """A clinic's billing settings, whole."""

    issuer: IssuerBody = IssuerBody()
    currency: Currency = "INR"
    time_zone: str = "UTC"
    due_days: int = 30
    fees: list[FeeBody] = Field([], max_length=100)
