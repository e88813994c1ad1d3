"""Whatever is booked, released, paused and renewed in which order: used + remaining = included, and used is right."""

from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from domain.billing.events import QuotaReleased
from domain.billing.subscription import Subscription
from domain.kernel.errors import Refused
from tests.domain.billing.sample import BASIC, JANUARY_31, PERSON, STREAM, appointment, plan

appointments = some.integers(1, 6)


class QuotaUnderAnyInterleaving(RuleBasedStateMachine):
    """Keeps its own book: which appointments were taken in which period; the subscription must agree with it."""

    kind: type[Subscription] = Subscription

    @initialize()
    def subscribe(self) -> None:
        self.now = JANUARY_31
        self.subscription = self.kind(STREAM)
        self.subscription.start(PERSON, plan(), "UTC", self.now)
        self.book: dict[int, int] = {}
        self.history = 0

    @rule(number=appointments)
    def consume(self, number: int) -> None:
        try:
            self.subscription.consume(appointment(number), "IN_PERSON", self.now)
        except Refused:
            assert not self.subscription.usable or self.used_by_the_book() == BASIC.included
        else:
            self.book.setdefault(number, self.subscription.current.number)

    @rule(number=appointments)
    def release(self, number: int) -> None:
        try:
            self.subscription.release(appointment(number))
        except Refused:
            assert number not in self.book
        else:
            del self.book[number]

    @rule(days=some.integers(1, 45))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.subscription.catch_up(self.now)

    @rule()
    def pause_or_resume(self) -> None:
        act = self.subscription.resume if self.subscription.paused else self.subscription.pause
        act(self.now)

    def used_by_the_book(self) -> int:
        return list(self.book.values()).count(self.subscription.current.number)

    @invariant()
    def nothing_is_lost_or_invented(self) -> None:
        quota = self.subscription.quota
        assert quota.remaining is not None
        assert quota.used + quota.remaining == BASIC.included
        assert quota.used == self.used_by_the_book()
        assert 0 <= quota.used <= BASIC.included

    @invariant()
    def the_events_alone_tell_the_same(self) -> None:
        replayed = self.kind(STREAM).replay(self.subscription.pending)
        assert replayed.quota.used == self.subscription.quota.used
        assert replayed.quota.taken == self.subscription.quota.taken


class ForgetfulSubscription(Subscription):
    """Gives a place back to the running period whichever period it was taken from: the mistake to be found."""

    def release(self, appointment_id: object) -> None:
        taken = self.quota.taken.get(appointment_id)  # type: ignore[call-overload]
        if taken is None:
            return super().release(appointment_id)  # type: ignore[arg-type]
        used = max(self.quota.used - 1, 0)
        return self.record(
            QuotaReleased(
                person_id=PERSON, appointment_id=appointment_id, appointment_type="IN_PERSON",  # type: ignore[arg-type]
                period=taken.period, used=used, remaining=self.quota.left_after(used),
            )
        )  # fmt: skip


class ForgetfulQuota(QuotaUnderAnyInterleaving):
    kind = ForgetfulSubscription


@pytest.mark.requirement("R118")
@pytest.mark.requirement("R142")
class TestQuota:
    def test_holds_under_any_interleaving(self) -> None:
        run_state_machine_as_test(
            QuotaUnderAnyInterleaving, settings=settings(max_examples=80, stateful_step_count=30, deadline=None)
        )

    def test_property_finds_a_planted_mistake(self) -> None:
        with pytest.raises(AssertionError):
            run_state_machine_as_test(
                ForgetfulQuota, settings=settings(max_examples=300, stateful_step_count=30, deadline=None)
            )
