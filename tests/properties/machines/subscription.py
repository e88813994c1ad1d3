"""One subscription through the months: booked on, paused, owed for, renewed, ended, in zones far from each other."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import strategies as some
from hypothesis.stateful import initialize, invariant

from domain.billing.events import QuotaReleased
from domain.billing.periods import Interval, civil_date
from domain.billing.plan import Plan
from domain.billing.subscription import Subscription
from domain.billing.terms import Terms
from domain.kernel.event import DomainEvent
from domain.kernel.money import Money
from tests.properties.models.subscription import COVERED, EXCLUDED, PERSON, PLAN, STREAM, Deal, seen, told, turns
from tests.properties.playing import DONE, Machine, Stream, Tally, turn


class Contract(Machine):
    """Asks one thing after another of a subscription, while days and months go by."""

    numbers = some.integers(1, 3)
    invoices = some.sampled_from([21, 21, 22])

    def __init__(self, kind: type[Subscription] = Subscription, tally: Tally | None = None) -> None:
        super().__init__(tally)
        self.stream = Stream(kind, STREAM)

    @initialize(
        zone=some.sampled_from(["UTC", "Europe/Lisbon", "America/New_York", "Pacific/Auckland"]),
        began=some.sampled_from([(1, 31, 23), (2, 28, 1), (3, 29, 0), (10, 31, 12), (12, 30, 13)]),
        each=some.sampled_from([(Interval.MONTHLY, 1), (Interval.MONTHLY, 1), (Interval.MONTHLY, 2),
                                (Interval.QUARTERLY, 1), (Interval.YEARLY, 1), (Interval.WEEKLY, 2),
                                (Interval.DAILY, 10)]),
        trial=some.sampled_from([0, 0, 14]),
        included=some.sampled_from([None, 0, 1, 2, 2, 3]),
    )  # fmt: skip
    def subscribe(
        self, zone: str, began: tuple[int, int, int], each: tuple[Interval, int], trial: int, included: int | None
    ) -> None:
        month, day, hour = began
        self.zone, self.now = zone, datetime(2027, month, day, hour, tzinfo=UTC)
        interval, count = each
        terms = Terms(
            amount=Money(7900, "INR"), interval=interval, interval_count=count, included=included or 0,
            unlimited=included is None, excludes=(EXCLUDED,), trial_days=trial,
        )  # fmt: skip
        plan = Plan(PLAN)
        plan.create("Basic", terms)
        assert self.stream.play(lambda s: s.start(PERSON, plan, zone, self.now)) == DONE
        anchor = self.today + timedelta(days=trial)
        self.model = Deal(turns(anchor, interval, count), 0 if trial else 1, self.today, included)

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.zone)).date()

    def agree(self, act: Callable[[Subscription], object], ask: Callable[[Deal], str]) -> None:
        """Ask both; whoever refuses keeps nothing."""
        asked = deepcopy(self.model)
        said = ask(asked)
        if said == DONE:
            self.model = asked
        assert self.stream.play(act) == said

    @turn(weight=3, number=numbers, kind=some.sampled_from([COVERED, COVERED, COVERED, EXCLUDED]))
    def consume(self, number: int, kind: str) -> None:
        self.agree(lambda s: s.consume(UUID(int=number), kind, self.now), lambda m: m.consume(number, kind, self.today))

    @turn(weight=2, number=numbers, other=some.sampled_from(range(4)))
    def release(self, number: int, other: int) -> None:
        taken = sorted(self.model.taken)
        released = taken[number % len(taken)] if taken and other else number
        self.agree(lambda s: s.release(UUID(int=released)), lambda m: m.release(released))

    @turn(weight=3, hours=some.sampled_from([1, 11, 24, 24 * 7, 24 * 29, 24 * 29, 24 * 45]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @turn(by_hand=some.booleans())
    def renew(self, by_hand: bool) -> None:
        if by_hand:
            self.agree(lambda s: s.renew(self.now), lambda m: m.renew(self.today))
        else:
            self.agree(lambda s: s.catch_up(self.now), lambda m: m.catch_up(self.today))

    @turn(other=some.sampled_from(range(4)))
    def pause_or_resume(self, other: int) -> None:
        """Mostly what can be done, so that a rest is not the rule."""
        if self.model.paused is not (other == 0):
            self.agree(lambda s: s.resume(self.now), lambda m: m.resume(self.today))
        else:
            self.agree(lambda s: s.pause(self.now), lambda m: m.pause(self.today))

    @turn(invoice=invoices, other=some.sampled_from(range(4)))
    def fall_behind_or_settle(self, invoice: int, other: int) -> None:
        if (invoice in self.model.owed) is not (other == 0):
            self.agree(lambda s: s.recover(UUID(int=invoice), self.now), lambda m: m.settle(invoice, self.today))
        else:
            self.agree(lambda s: s.mark_past_due(UUID(int=invoice)), lambda m: m.owe(invoice))

    @turn(at_period_end=some.sampled_from([True, True, True, False]), really=some.sampled_from(range(30)))
    def cancel(self, at_period_end: bool, really: int) -> None:
        if really == 7:  # else most runs would end early
            self.agree(
                lambda s: s.cancel(self.now, at_period_end=at_period_end),
                lambda m: m.cancel(self.today, at_period_end),
            )

    @invariant()
    def events_and_aggregate_tell_what_the_model_knows(self) -> None:
        assert told(self.stream.facts) == (self.model.picture(), self.model.begun)
        assert seen(self.stream.load()) == self.model.picture()

    @invariant()
    def no_place_is_lost_or_invented(self) -> None:
        quota = self.stream.load().quota
        if quota.included is not None:
            assert quota.remaining is not None
            assert quota.used + quota.remaining == quota.included
            assert 0 <= quota.used <= quota.included


class ForgetfulRelease(Subscription):
    """Planted: a place is given back to the running period, whichever period it was taken from."""

    def record(self, event: DomainEvent) -> None:
        if isinstance(event, QuotaReleased):
            used = max(self.quota.used - 1, 0)
            event = msgspec.structs.replace(event, used=used, remaining=self.quota.left_after(used))
        super().record(event)


class EveryMonthBilled(Subscription):
    """Planted: who comes back after a pause is billed for the months between."""

    def _go_on(self, now: datetime) -> None:
        while self.usable and civil_date(now, self.zone) >= self.current.end:
            self._begin(self.terms.period(self.anchor, self.current.number + 1))
