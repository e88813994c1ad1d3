"""The state of a subscription: what its events amount to, and what can be asked of it. Commands are beside it."""

from datetime import date
from uuid import UUID

from domain.billing.events import (
    PeriodRenewed,
    QuotaConsumed,
    QuotaReleased,
    SubscriptionActivated,
    SubscriptionCancellationScheduled,
    SubscriptionCancelled,
    SubscriptionMarkedPastDue,
    SubscriptionPaused,
    SubscriptionRecovered,
    SubscriptionResumed,
    SubscriptionStarted,
    TrialEnded,
)
from domain.billing.periods import Period
from domain.billing.quota import Quota
from domain.billing.refusals import RESOURCE, QuotaExhausted, SubscriptionRequired, TypeNotCovered
from domain.billing.states import SubscriptionStatus as Status
from domain.billing.terms import Terms
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.errors import Refused
from domain.kernel.ownership import Owned


class Contract(Aggregate):
    """Folded from a subscription's events; decides nothing."""

    person_id: UUID
    plan_id: UUID
    plan_name: str
    terms: Terms
    zone: str
    anchor: date
    current: Period
    quota: Quota

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.paused = False
        self.over = False
        self.ends_on: date | None = None
        self.owed: frozenset[UUID] = frozenset()

    @evolves
    def _started(self, event: SubscriptionStarted) -> None:
        self.person_id, self.plan_id, self.plan_name = event.person_id, event.plan_id, event.plan_name
        self.terms, self.zone, self.anchor = event.terms, event.zone, event.anchor
        self.current = Period(event.period, event.period_start, event.period_end)
        self.quota = Quota(None if event.terms.unlimited else event.terms.included, event.period)

    @evolves
    def _period_began(self, event: SubscriptionActivated | PeriodRenewed) -> None:
        self.current = Period(event.period, event.period_start, event.period_end)
        self.quota.begin(event.period)

    @evolves
    def _trial_ended(self, event: TrialEnded) -> None:
        """The activation that follows begins the period."""

    @evolves
    def _paused(self, event: SubscriptionPaused) -> None:
        self.paused = True

    @evolves
    def _resumed(self, event: SubscriptionResumed) -> None:
        self.paused = False

    @evolves
    def _past_due(self, event: SubscriptionMarkedPastDue) -> None:
        self.owed |= {event.invoice_id}

    @evolves
    def _recovered(self, event: SubscriptionRecovered) -> None:
        self.owed -= {event.invoice_id}

    @evolves
    def _ending(self, event: SubscriptionCancellationScheduled) -> None:
        self.ends_on = event.ends_on

    @evolves
    def _cancelled(self, event: SubscriptionCancelled) -> None:
        self.over = True

    @evolves
    def _consumed(self, event: QuotaConsumed) -> None:
        self.quota.take(event.appointment_id, event.appointment_type, event.period, event.used)

    @evolves
    def _released(self, event: QuotaReleased) -> None:
        self.quota.give_back(event.appointment_id, event.used)

    @property
    def owned(self) -> Owned:
        """The subscriber's."""
        return Owned(self.person_id)

    @property
    def status(self) -> Status:
        """Where the contract stands."""
        if self.over:
            return Status.CANCELLED
        if self.paused:
            return Status.PAUSED
        if self.owed:
            return Status.PAST_DUE
        return Status.ACTIVE if self.current.number else Status.TRIALING

    @property
    def usable(self) -> bool:
        """Whether appointments can be booked and periods renewed."""
        return self.status in (Status.TRIALING, Status.ACTIVE)

    def why_not(self, appointment_type: str) -> Refused | None:
        """Return why an appointment of this type cannot be booked on the subscription as it stands, or None."""
        if not self.usable:
            return SubscriptionRequired(
                "The subscription is not running.", requiresSubscription=True, status=self.status
            )
        limits = {"resourceType": RESOURCE, "limit": self.quota.included, "current": self.quota.used}
        if not self.terms.covers_type(appointment_type):
            return TypeNotCovered("The plan does not cover this type of appointment.", **limits, upgradeRequired=True)
        if self.quota.exhausted:
            return QuotaExhausted("Every appointment of this period is used.", **limits, upgradeRequired=True)
        return None
