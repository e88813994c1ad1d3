"""A subscription: its periods, its quota and what it is owed, in plain data."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from domain.billing.periods import Interval
from domain.billing.subscription import Subscription
from tests.properties.playing import DONE, ILLEGAL, Fact

PERSON, PLAN, STREAM = (UUID(int=n) for n in (11, 12, 13))
HORIZON = timedelta(days=3000)
COVERED, EXCLUDED = "IN_PERSON", "VIDEO_CALL"


class Picture(NamedTuple):
    """What is known of a subscription, however one came to know it. ``taken``: appointments and the period of each."""

    status: str
    period: tuple[int, date, date]
    used: int
    remaining: int | None
    taken: dict[int, int]
    owed: frozenset[int]
    ends_on: date | None


@lru_cache(maxsize=200)
def turns(anchor: date, interval: Interval, count: int) -> list[date]:
    """Return the days on which paid periods begin, found by walking day by day from the anchor."""
    days = [anchor + timedelta(days=n) for n in range(HORIZON.days)]
    if interval in (Interval.DAILY, Interval.WEEKLY):
        return days[:: count * (7 if interval is Interval.WEEKLY else 1)]
    every = count * {Interval.MONTHLY: 1, Interval.QUARTERLY: 3, Interval.YEARLY: 12}[interval]

    def monthly(day: date) -> bool:
        last = (day + timedelta(days=1)).day == 1
        return day.day == anchor.day or (last and day.day < anchor.day)

    return [day for day in days if monthly(day)][::every]


@dataclass
class Deal:
    """A subscription as the model keeps it. What is asked of it answers DONE, or the code it has to be refused with."""

    days: list[date]
    number: int
    start: date
    included: int | None
    used: int = 0
    taken: dict[int, int] = field(default_factory=dict)
    owed: set[int] = field(default_factory=set)
    ends_on: date | None = None
    paused: bool = False
    over: bool = False
    begun: list[int] = field(default_factory=list)

    @property
    def end(self) -> date:
        return self.days[self.number]

    @property
    def status(self) -> str:
        for holds, status in ((self.over, "CANCELLED"), (self.paused, "PAUSED"), (self.owed, "PAST_DUE")):
            if holds:
                return status
        return "ACTIVE" if self.number else "TRIALING"

    @property
    def usable(self) -> bool:
        return self.status in ("ACTIVE", "TRIALING")

    def begin(self, number: int) -> None:
        self.number, self.start, self.used = number, self.days[number - 1], 0
        self.begun.append(number)

    def catch_up(self, today: date) -> str:
        self.over = self.over or (self.ends_on is not None and today >= self.ends_on)
        while self.usable and today >= self.end:
            self.begin(self.number + 1)
        return DONE

    def go_on(self, today: date) -> None:
        """Begin the period that holds today; those between are gone."""
        if self.usable and today >= self.end:
            self.begin(sum(day <= today for day in self.days))

    def renew(self, today: date) -> str:
        before = deepcopy(self)
        self.catch_up(today)
        return ILLEGAL if before.over else "nothing-to-renew" if self == before else DONE

    def pause(self, today: date) -> str:
        self.catch_up(today)
        was, self.paused = self.status, True
        return DONE if was == "ACTIVE" else ILLEGAL

    def resume(self, today: date) -> str:
        self.catch_up(today)
        if self.over or not self.paused:
            return ILLEGAL
        self.paused = False
        self.go_on(today)
        return DONE

    def cancel(self, today: date, at_period_end: bool) -> str:
        self.catch_up(today)
        if self.over:
            return ILLEGAL
        if at_period_end:
            self.ends_on = self.ends_on or self.end
        self.over = not at_period_end
        return DONE

    def owe(self, invoice: int) -> str:
        if not self.over:
            self.owed.add(invoice)
        return DONE

    def settle(self, invoice: int, today: date) -> str:
        if not self.over and invoice in self.owed:
            self.owed.remove(invoice)
            self.go_on(today)
        return DONE

    def consume(self, number: int, kind: str, today: date) -> str:
        if number in self.taken:
            return DONE
        self.catch_up(today)
        if not self.usable:
            return "subscription-required"
        if kind != COVERED:
            return "appointment-type-not-covered"
        if self.included is not None and self.used >= self.included:
            return "quota-exhausted"
        self.taken[number], self.used = self.number, self.used + 1
        return DONE

    def release(self, number: int) -> str:
        if number not in self.taken:
            return "appointment-not-on-subscription"
        self.used -= self.taken.pop(number) == self.number
        return DONE

    def picture(self) -> Picture:
        left = None if self.included is None else self.included - self.used
        period = (self.number, self.start, self.end)
        return Picture(self.status, period, self.used, left, self.taken, frozenset(self.owed), self.ends_on)


def told(facts: list[Fact]) -> tuple[Picture, list[int]]:
    """Work the picture out from what is stored, counting what was consumed and released; and the periods begun."""
    first = facts[0][1]
    included = None if first["terms"]["unlimited"] else first["terms"]["included"]
    period, begun, ends_on, over, paused = first, list[int](), None, False, False
    counted: list[tuple[int, int]] = []
    owed = set[int]()
    for what, fact in facts:
        if what in ("activated", "period_renewed"):
            period = fact
            begun.append(fact["period"])
        elif what == "consumed":
            counted.append((UUID(fact["appointment_id"]).int, fact["period"]))
        elif what == "released":
            counted.remove((UUID(fact["appointment_id"]).int, fact["period"]))
        elif what == "marked_past_due":
            owed.add(UUID(fact["invoice_id"]).int)
        elif what == "recovered":
            owed.remove(UUID(fact["invoice_id"]).int)
        elif what == "cancellation_scheduled":
            ends_on = date.fromisoformat(fact["ends_on"])
        over = over or what == "cancelled"
        paused = what == "paused" or (paused and what != "resumed")
        used = sum(number == period["period"] for _, number in counted)
        if what in ("consumed", "released"):
            assert (fact["used"], fact["remaining"]) == (used, None if included is None else included - used)
    number = period["period"]
    status = "CANCELLED" if over else "PAUSED" if paused else "PAST_DUE" if owed else "ACTIVE" if number else "TRIALING"
    dates = (number, date.fromisoformat(period["period_start"]), date.fromisoformat(period["period_end"]))
    left = None if included is None else included - used
    return Picture(status, dates, used, left, dict(counted), frozenset(owed), ends_on), begun


def seen(s: Subscription) -> Picture:
    """What the aggregate itself says."""
    taken = {appointment.int: each.period for appointment, each in s.quota.taken.items()}
    owed = frozenset(invoice.int for invoice in s.owed)
    return Picture(
        s.status.value,
        (s.current.number, s.current.start, s.current.end),
        s.quota.used,
        s.quota.remaining,
        taken,
        owed,
        s.ends_on,
    )
