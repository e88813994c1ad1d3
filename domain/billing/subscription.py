"""A subscription: a person's contract on a plan's terms, with a quota of appointments per period."""

from datetime import datetime, timedelta
from uuid import UUID

from domain.billing.contract import Contract
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
from domain.billing.periods import Period, civil_date
from domain.billing.plan import Plan
from domain.billing.refusals import (
    AppointmentNotOnSubscription,
    NothingToRenew,
)
from domain.billing.states import SubscriptionStatus as Status
from domain.kernel.errors import IllegalTransition
from domain.kernel.unique import UniqueKey


def one_per_person(person_id: UUID) -> UniqueKey:
    """Return the key that keeps a person to one running subscription per clinic."""
    return UniqueKey("billing.subscription", str(person_id))


class Subscription(Contract):
    """(trialing →) active ⇄ paused, active ⇄ past due, → cancelled."""

    NAME = "subscription"

    def start(self, person_id: UUID, plan: Plan, zone: str, now: datetime) -> None:
        """Subscribe, with the plan's terms as they stand; a trial comes first. Raises PlanUnavailable, UnknownZone."""
        if self.version:
            raise IllegalTransition("This subscription has begun already.")
        plan.must_be_offered()
        terms, today = plan.terms, civil_date(now, zone)
        anchor = today + timedelta(days=terms.trial_days)
        first = Period(0, today, anchor) if terms.trial_days else terms.period(anchor, 1)
        self.record(
            SubscriptionStarted(
                person_id=person_id, plan_id=plan.id, plan_name=plan.name, terms=terms, zone=zone, anchor=anchor,
                period=first.number, period_start=first.start, period_end=first.end, started_at=now,
            )
        )  # fmt: skip

    def catch_up(self, now: datetime) -> None:
        """Record what the calendar brought by ``now``: the scheduled end, the trial's end, each renewal."""
        today = civil_date(now, self.zone)
        if self.ends_on is not None and today >= self.ends_on and not self.over:
            self.record(SubscriptionCancelled(person_id=self.person_id, at_period_end=True, cancelled_at=now))
        while self.usable and today >= self.current.end:
            self._begin(self.terms.period(self.anchor, self.current.number + 1))

    def renew(self, now: datetime) -> None:
        """As ``catch_up``, but raise NothingToRenew when nothing is due."""
        self._must_run()
        self.catch_up(now)
        if not self.pending:
            raise NothingToRenew("The current period still runs.", period_end=self.current.end.isoformat())

    def pause(self, now: datetime) -> None:
        """Stop renewing and booking for a while."""
        self.catch_up(now)
        if self.status is not Status.ACTIVE:
            raise IllegalTransition(f"A subscription that is {self.status} cannot be paused.", status=self.status)
        self.record(SubscriptionPaused(person_id=self.person_id, paused_at=now))

    def resume(self, now: datetime) -> None:
        """Go on; when the period ended meanwhile, the one that holds today begins, and those between are not billed."""
        self.catch_up(now)
        if not self.paused or self.over:
            raise IllegalTransition(f"A subscription that is {self.status} cannot be resumed.", status=self.status)
        status = Status.PAST_DUE if self.owed else Status.ACTIVE
        self.record(SubscriptionResumed(person_id=self.person_id, resumed_at=now, status=status))
        self._go_on(now)

    def mark_past_due(self, invoice_id: UUID) -> None:
        """Take note of an overdue invoice (once)."""
        if self.over or invoice_id in self.owed:
            return
        status = Status.PAUSED if self.paused else Status.PAST_DUE
        self.record(SubscriptionMarkedPastDue(person_id=self.person_id, invoice_id=invoice_id, status=status))

    def recover(self, invoice_id: UUID, now: datetime) -> None:
        """Take note that an overdue invoice is settled (once)."""
        if self.over or invoice_id not in self.owed:
            return
        waiting = Status.PAST_DUE if self.owed - {invoice_id} else Status.ACTIVE
        status = Status.PAUSED if self.paused else waiting
        self.record(SubscriptionRecovered(person_id=self.person_id, invoice_id=invoice_id, status=status))
        self._go_on(now)

    def cancel(self, now: datetime, *, at_period_end: bool) -> None:
        """End the subscription at once, or with the period that is running (said twice, it is scheduled once)."""
        self.catch_up(now)
        self._must_run()
        if not at_period_end:
            self.record(SubscriptionCancelled(person_id=self.person_id, at_period_end=False, cancelled_at=now))
        elif self.ends_on is None:
            self.record(
                SubscriptionCancellationScheduled(person_id=self.person_id, ends_on=self.current.end, zone=self.zone)
            )

    def consume(self, appointment_id: UUID, appointment_type: str, now: datetime) -> None:
        """Use one appointment of the period; the same appointment again changes nothing.

        Raises SubscriptionRequired, TypeNotCovered or QuotaExhausted.
        """
        if appointment_id in self.quota.taken:
            return
        self.catch_up(now)
        refusal = self.why_not(appointment_type)
        if refusal is not None:
            raise refusal
        used = self.quota.used + 1
        self.record(
            QuotaConsumed(
                person_id=self.person_id, appointment_id=appointment_id, appointment_type=appointment_type,
                period=self.current.number, used=used, remaining=self.quota.left_after(used),
            )
        )  # fmt: skip

    def release(self, appointment_id: UUID) -> None:
        """Give an appointment's place back, once; to the current period only if it was taken from it."""
        if appointment_id not in self.quota.taken:
            raise AppointmentNotOnSubscription("This appointment is not booked on the subscription.")
        taken, used = self.quota.taken[appointment_id], self.quota.used_without(appointment_id)
        self.record(
            QuotaReleased(
                person_id=self.person_id, appointment_id=appointment_id, appointment_type=taken.appointment_type,
                period=taken.period, used=used, remaining=self.quota.left_after(used),
            )
        )  # fmt: skip

    def _must_run(self) -> None:
        if self.over:
            raise IllegalTransition("The subscription is over.", status=self.status)

    def _go_on(self, now: datetime) -> None:
        today = civil_date(now, self.zone)
        if self.usable and today >= self.current.end:
            self._begin(self.terms.period_with(self.anchor, today))

    def _begin(self, period: Period) -> None:
        person = self.person_id
        if not self.current.number:
            self.record(TrialEnded(person_id=person, ended_on=period.start))
        began_class = PeriodRenewed if self.current.number else SubscriptionActivated
        self.record(
            began_class(
                person_id=person, period=period.number, period_start=period.start, period_end=period.end,
                zone=self.zone, remaining=self.quota.included,
            )
        )  # fmt: skip
