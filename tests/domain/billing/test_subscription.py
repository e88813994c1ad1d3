"""A subscription runs through its periods, can rest, fall behind and end; booking follows its state."""

from datetime import UTC, date, datetime
from uuid import UUID

import msgspec
import pytest

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
from domain.billing.plan import PlanUnavailable
from domain.billing.refusals import (
    AppointmentNotOnSubscription,
    NothingToRenew,
    QuotaExhausted,
    SubscriptionRequired,
    TypeNotCovered,
)
from domain.billing.states import SubscriptionStatus
from domain.billing.subscription import Subscription
from domain.kernel.errors import IllegalTransition
from tests.domain.billing.sample import BASIC, CLERK, JANUARY_31, PERSON, PLAN, appointment, at, plan, started
from tests.domain.story import given

INVOICE, OTHER_INVOICE = UUID(int=71), UUID(int=72)
FEBRUARY_28, MARCH_31, APRIL_30 = date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)


def renewed(number: int, start: date, end: date, zone: str = "UTC") -> PeriodRenewed:
    return PeriodRenewed(person_id=PERSON, period=number, period_start=start, period_end=end, zone=zone, remaining=2)


def consumed(number: int, used: int, remaining: int | None, period: int = 1) -> QuotaConsumed:
    return QuotaConsumed(
        person_id=PERSON, appointment_id=appointment(number), appointment_type="IN_PERSON", period=period, used=used,
        remaining=remaining,
    )  # fmt: skip


def released(number: int, used: int, remaining: int | None, period: int = 1) -> QuotaReleased:
    return QuotaReleased(
        person_id=PERSON, appointment_id=appointment(number), appointment_type="IN_PERSON", period=period, used=used,
        remaining=remaining,
    )  # fmt: skip


PAUSED = SubscriptionPaused(person_id=PERSON, paused_at=at(2, 1))
OVERDUE = SubscriptionMarkedPastDue(person_id=PERSON, invoice_id=INVOICE, status=SubscriptionStatus.PAST_DUE)
CANCELLED = SubscriptionCancelled(person_id=PERSON, at_period_end=False, cancelled_at=at(2, 2))


@pytest.mark.requirement("R116")
class TestStart:
    def test_keeps_the_terms_of_the_plan(self) -> None:
        given(Subscription).when(lambda s: s.start(PERSON, plan(), "UTC", JANUARY_31)).then(started())

    def test_begins_with_the_trial_and_counts_paid_periods_from_its_end(self) -> None:
        terms = msgspec.structs.replace(BASIC, trial_days=14)
        given(Subscription).when(lambda s: s.start(PERSON, plan(terms), "UTC", JANUARY_31)).then(
            SubscriptionStarted(
                person_id=PERSON, plan_id=PLAN, plan_name="Basic Health Plan", terms=terms, zone="UTC",
                anchor=date(2026, 2, 14), period=0, period_start=date(2026, 1, 31), period_end=date(2026, 2, 14),
                started_at=JANUARY_31,
            )
        )  # fmt: skip

    def test_takes_the_date_of_the_clinic_and_not_of_utc(self) -> None:
        late = datetime(2026, 1, 30, 20, 0, tzinfo=UTC)
        subscription = Subscription(PLAN)
        subscription.start(PERSON, plan(), "Asia/Kolkata", late)
        assert subscription.current.start == date(2026, 1, 31)

    def test_is_refused_on_an_archived_plan(self) -> None:
        gone = plan()
        gone.archive(CLERK)
        given(Subscription).when(lambda s: s.start(PERSON, gone, "UTC", JANUARY_31)).refused(PlanUnavailable)


class TestRenew:
    @pytest.mark.requirement("R117")
    def test_begins_each_period_that_is_due_with_a_full_quota(self) -> None:
        given(Subscription, started(), consumed(1, 1, 1)).when(lambda s: s.renew(at(4, 1))).then(
            renewed(2, FEBRUARY_28, MARCH_31), renewed(3, MARCH_31, APRIL_30)
        )

    def test_is_refused_while_the_period_runs(self) -> None:
        given(Subscription, started()).when(lambda s: s.renew(at(2, 27))).refused(NothingToRenew)

    @pytest.mark.requirement("R116")
    def test_turns_a_trial_into_a_paid_period(self) -> None:
        trial = Subscription(PLAN)
        trial.start(PERSON, plan(msgspec.structs.replace(BASIC, trial_days=14)), "UTC", JANUARY_31)
        given(Subscription, *trial.pending).when(lambda s: s.renew(at(2, 14))).then(
            TrialEnded(person_id=PERSON, ended_on=date(2026, 2, 14)),
            SubscriptionActivated(
                person_id=PERSON,
                period=1,
                period_start=date(2026, 2, 14),
                period_end=date(2026, 3, 14),
                zone="UTC",
                remaining=2,
            ),
        )

    def test_happens_at_midnight_of_the_clinic(self) -> None:
        last_minute, first_minute = (datetime(2026, 2, 27, 18, m, tzinfo=UTC) for m in (29, 30))
        given(Subscription, started(zone="Asia/Kolkata")).when(lambda s: s.catch_up(last_minute)).then()
        given(Subscription, started(zone="Asia/Kolkata")).when(lambda s: s.catch_up(first_minute)).then(
            renewed(2, FEBRUARY_28, MARCH_31, "Asia/Kolkata")
        )


class TestPause:
    def test_stops_renewal(self) -> None:
        given(Subscription, started(), PAUSED).when(lambda s: s.catch_up(at(5, 1))).then()

    def test_bills_nothing_for_the_periods_slept_through(self) -> None:
        given(Subscription, started(), PAUSED).when(lambda s: s.resume(at(4, 2))).then(
            SubscriptionResumed(person_id=PERSON, resumed_at=at(4, 2), status=SubscriptionStatus.ACTIVE),
            renewed(3, MARCH_31, APRIL_30),
        )

    def test_within_a_period_leaves_the_quota_as_it_was(self) -> None:
        resumed = given(Subscription, started(), consumed(1, 1, 1), PAUSED).when(lambda s: s.resume(at(2, 5)))
        after = resumed.then(
            SubscriptionResumed(person_id=PERSON, resumed_at=at(2, 5), status=SubscriptionStatus.ACTIVE)
        )
        assert (after.quota.used, after.quota.remaining) == (1, 1)

    def test_is_refused_when_paused_already(self) -> None:
        given(Subscription, started(), PAUSED).when(lambda s: s.pause(at(2, 3))).refused(IllegalTransition)

    def test_cannot_end_what_was_never_paused(self) -> None:
        given(Subscription, started()).when(lambda s: s.resume(at(2, 3))).refused(IllegalTransition)


class TestPastDue:
    def test_is_noted_once_per_invoice(self) -> None:
        given(Subscription, started(), OVERDUE).when(lambda s: s.mark_past_due(INVOICE)).then()

    def test_lasts_until_the_last_overdue_invoice_is_settled(self) -> None:
        second = SubscriptionMarkedPastDue(
            person_id=PERSON, invoice_id=OTHER_INVOICE, status=SubscriptionStatus.PAST_DUE
        )
        after = given(Subscription, started(), OVERDUE, second).when(lambda s: s.recover(INVOICE, at(2, 3))).then(
            SubscriptionRecovered(person_id=PERSON, invoice_id=INVOICE, status=SubscriptionStatus.PAST_DUE)
        )  # fmt: skip
        assert after.status is SubscriptionStatus.PAST_DUE

    def test_ends_with_the_period_of_today(self) -> None:
        given(Subscription, started(), OVERDUE).when(lambda s: s.recover(INVOICE, at(3, 1))).then(
            SubscriptionRecovered(person_id=PERSON, invoice_id=INVOICE, status=SubscriptionStatus.ACTIVE),
            renewed(2, FEBRUARY_28, MARCH_31),
        )

    def test_of_a_paused_subscription_shows_when_it_resumes(self) -> None:
        quiet = SubscriptionMarkedPastDue(person_id=PERSON, invoice_id=INVOICE, status=SubscriptionStatus.PAUSED)
        given(Subscription, started(), PAUSED, quiet).when(lambda s: s.resume(at(2, 5))).then(
            SubscriptionResumed(person_id=PERSON, resumed_at=at(2, 5), status=SubscriptionStatus.PAST_DUE)
        )


class TestCancel:
    def test_at_once_ends_it(self) -> None:
        given(Subscription, started()).when(lambda s: s.cancel(at(2, 2), at_period_end=False)).then(CANCELLED)

    def test_at_period_end_lets_it_run_on_and_then_ends_it(self) -> None:
        ending = SubscriptionCancellationScheduled(person_id=PERSON, ends_on=FEBRUARY_28, zone="UTC")
        given(Subscription, started()).when(lambda s: s.cancel(at(2, 2), at_period_end=True)).then(ending)
        given(Subscription, started(), ending).when(lambda s: s.catch_up(at(2, 27))).then()
        given(Subscription, started(), ending).when(lambda s: s.catch_up(at(2, 28))).then(
            SubscriptionCancelled(person_id=PERSON, at_period_end=True, cancelled_at=at(2, 28))
        )

    def test_scheduled_twice_is_scheduled_once(self) -> None:
        ending = SubscriptionCancellationScheduled(person_id=PERSON, ends_on=FEBRUARY_28, zone="UTC")
        given(Subscription, started(), ending).when(lambda s: s.cancel(at(2, 3), at_period_end=True)).then()

    def test_is_refused_when_it_is_over(self) -> None:
        over = given(Subscription, started(), CANCELLED)
        over.when(lambda s: s.cancel(at(2, 3), at_period_end=False)).refused(IllegalTransition)


@pytest.mark.requirement("R118")
class TestBooking:
    def test_uses_one_of_the_quota(self) -> None:
        given(Subscription, started()).when(lambda s: s.consume(appointment(1), "IN_PERSON", at(2, 1))).then(
            consumed(1, 1, 1)
        )

    @pytest.mark.requirement("R134")
    def test_of_the_same_appointment_again_uses_nothing_more(self) -> None:
        booked = given(Subscription, started(), consumed(1, 1, 1))
        booked.when(lambda s: s.consume(appointment(1), "IN_PERSON", at(2, 1))).then()

    def test_beyond_the_quota_says_which_limit_was_reached(self) -> None:
        full = given(Subscription, started(), consumed(1, 1, 1), consumed(2, 2, 0))
        refusal = full.when(lambda s: s.consume(appointment(3), "IN_PERSON", at(2, 1))).refused(QuotaExhausted)
        assert refusal.details == {"resourceType": "appointments", "limit": 2, "current": 2, "upgradeRequired": True}

    def test_finds_a_full_quota_on_the_first_day_of_the_next_period_even_before_the_clock_renewed_it(self) -> None:
        full = given(Subscription, started(), consumed(1, 1, 1), consumed(2, 2, 0))
        full.when(lambda s: s.consume(appointment(3), "IN_PERSON", at(2, 28))).then(
            renewed(2, FEBRUARY_28, MARCH_31), consumed(3, 1, 1, period=2)
        )

    @pytest.mark.requirement("R144")
    def test_of_a_type_the_plan_leaves_out_is_refused(self) -> None:
        video = given(Subscription, started()).when(lambda s: s.consume(appointment(1), "VIDEO_CALL", at(2, 1)))
        video.refused(TypeNotCovered)

    @pytest.mark.parametrize("state", [PAUSED, OVERDUE, CANCELLED])
    def test_needs_a_running_subscription(self, state: SubscriptionPaused) -> None:
        idle = given(Subscription, started(), state)
        idle.when(lambda s: s.consume(appointment(1), "IN_PERSON", at(2, 3))).refused(SubscriptionRequired)

    def test_without_limit_counts_and_never_runs_out(self) -> None:
        endless = started(msgspec.structs.replace(BASIC, unlimited=True, included=0))
        given(Subscription, endless).when(lambda s: s.consume(appointment(1), "IN_PERSON", at(2, 1))).then(
            consumed(1, 1, None)
        )


@pytest.mark.requirement("R135")
class TestRelease:
    def test_gives_the_place_back(self) -> None:
        booked = given(Subscription, started(), consumed(1, 1, 1))
        booked.when(lambda s: s.release(appointment(1))).then(released(1, 0, 2))

    def test_happens_once(self) -> None:
        given(Subscription, started(), consumed(1, 1, 1), released(1, 0, 2)).when(
            lambda s: s.release(appointment(1))
        ).refused(AppointmentNotOnSubscription)

    def test_of_an_earlier_period_gives_nothing_to_the_running_one(self) -> None:
        later = (consumed(1, 1, 1), renewed(2, FEBRUARY_28, MARCH_31), consumed(2, 1, 1, period=2))
        given(Subscription, started(), *later).when(lambda s: s.release(appointment(1))).then(released(1, 1, 1))
