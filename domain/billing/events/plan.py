"""What a clinic offers and how it bills: business facts, about no person."""

from uuid import UUID

from domain.billing.events.base import ClinicBilled
from domain.billing.issuer import AppointmentFee, Issuer
from domain.billing.terms import Terms
from domain.kernel.classes import Currency, PublicText, ZoneName


class PlanCreated(ClinicBilled, frozen=True, kw_only=True):
    """A plan can be subscribed to from now on."""

    TOPIC = "billing.plan.created"
    name: PublicText
    terms: Terms


class PlanRevised(ClinicBilled, frozen=True, kw_only=True):
    """The plan has another name or other terms for those who subscribe from now on."""

    TOPIC = "billing.plan.revised"
    name: PublicText
    terms: Terms


class PlanArchived(ClinicBilled, frozen=True, kw_only=True):
    """The plan can no longer be subscribed to; running subscriptions go on."""

    TOPIC = "billing.plan.archived"
    archived_by: UUID


class BillingSettingsChanged(ClinicBilled, frozen=True, kw_only=True):
    """Who issues the clinic's invoices, in which currency and time zone, on what terms, and the fee per visit."""

    TOPIC = "billing.settings.changed"
    issuer: Issuer
    currency: Currency
    zone: ZoneName
    due_days: int
    fees: tuple[AppointmentFee, ...]
