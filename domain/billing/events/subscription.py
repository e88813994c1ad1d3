"""The life of a subscription. Each event about quota carries the counters after it: used + remaining = included."""

from datetime import date, datetime
from uuid import UUID

from domain.billing.events.base import PersonBilled
from domain.billing.states import SubscriptionStatus
from domain.billing.terms import Terms
from domain.kernel.classes import Code, PublicText, ZoneName


class SubscriptionStarted(PersonBilled, frozen=True, kw_only=True):
    """A person subscribed. ``terms`` are the plan's at that moment; period 0 is the trial, and dates are civil in
    ``zone`` with the end belonging to the next period. Paid periods are counted from ``anchor``."""

    TOPIC = "billing.subscription.started"
    plan_id: UUID
    plan_name: PublicText
    terms: Terms
    zone: ZoneName
    anchor: date
    period: int
    period_start: date
    period_end: date
    started_at: datetime


class TrialEnded(PersonBilled, frozen=True, kw_only=True):
    """The free trial is over."""

    TOPIC = "billing.subscription.trial_ended"
    ended_on: date


class SubscriptionActivated(PersonBilled, frozen=True, kw_only=True):
    """The first paid period after a trial began, with a full quota."""

    TOPIC = "billing.subscription.activated"
    period: int
    period_start: date
    period_end: date
    zone: ZoneName
    remaining: int | None


class PeriodRenewed(PersonBilled, frozen=True, kw_only=True):
    """The next paid period began, with a full quota."""

    TOPIC = "billing.subscription.period_renewed"
    period: int
    period_start: date
    period_end: date
    zone: ZoneName
    remaining: int | None


class SubscriptionPaused(PersonBilled, frozen=True, kw_only=True):
    """Nothing is renewed or booked until the subscription resumes."""

    TOPIC = "billing.subscription.paused"
    paused_at: datetime


class SubscriptionResumed(PersonBilled, frozen=True, kw_only=True):
    """A paused subscription goes on; ``status`` tells whether something is still owed."""

    TOPIC = "billing.subscription.resumed"
    resumed_at: datetime
    status: SubscriptionStatus


class SubscriptionMarkedPastDue(PersonBilled, frozen=True, kw_only=True):
    """An invoice of the subscription was not paid in time: nothing is renewed or booked until it is. A paused
    subscription stays so, as ``status`` says."""

    TOPIC = "billing.subscription.marked_past_due"
    invoice_id: UUID
    status: SubscriptionStatus


class SubscriptionRecovered(PersonBilled, frozen=True, kw_only=True):
    """The overdue invoice was settled; ``status`` tells whether another one is still owed."""

    TOPIC = "billing.subscription.recovered"
    invoice_id: UUID
    status: SubscriptionStatus


class SubscriptionCancellationScheduled(PersonBilled, frozen=True, kw_only=True):
    """The subscription will end with its current period."""

    TOPIC = "billing.subscription.cancellation_scheduled"
    ends_on: date
    zone: ZoneName


class SubscriptionCancelled(PersonBilled, frozen=True, kw_only=True):
    """The subscription is over; ``at_period_end`` tells whether it ran to the end of what was paid."""

    TOPIC = "billing.subscription.cancelled"
    at_period_end: bool
    cancelled_at: datetime


class QuotaConsumed(PersonBilled, frozen=True, kw_only=True):
    """One appointment of the current period was booked on the subscription. ``remaining``: None when unlimited."""

    TOPIC = "billing.quota.consumed"
    appointment_id: UUID
    appointment_type: Code
    period: int
    used: int
    remaining: int | None


class QuotaReleased(PersonBilled, frozen=True, kw_only=True):
    """An appointment was taken off the subscription. ``period`` is the one it was consumed in: when that is over,
    the counters of the current period stay as they are."""

    TOPIC = "billing.quota.released"
    appointment_id: UUID
    appointment_type: Code
    period: int
    used: int
    remaining: int | None
