"""The people, plans and events that the billing stories are about."""

from datetime import UTC, date, datetime
from uuid import UUID

from domain.billing.events import SubscriptionStarted
from domain.billing.periods import Interval
from domain.billing.plan import Plan
from domain.billing.terms import Terms
from domain.kernel.money import Money
from tests.domain.story import STREAM

PERSON = UUID("01900000-0000-7000-8000-0000000000aa")
CLERK = UUID("01900000-0000-7000-8000-0000000000bb")
PLAN = UUID("01900000-0000-7000-8000-0000000000cc")
JANUARY_31 = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)


def inr(amount: int) -> Money:
    """Return rupees given in paise."""
    return Money(amount, "INR")


def at(month: int, day: int, year: int = 2026) -> datetime:
    """Return nine o'clock UTC on a day."""
    return datetime(year, month, day, 9, 0, tzinfo=UTC)


def appointment(number: int) -> UUID:
    """Return the id of one of many appointments."""
    return UUID(int=0x01900000_0000_7000_8000_000000001000 + number)


BASIC = Terms(
    amount=inr(7900), interval=Interval.MONTHLY, included=2, covers=("IN_PERSON",), excludes=("VIDEO_CALL",),
    tax_basis_points=1800,
)  # fmt: skip


def plan(terms: Terms = BASIC) -> Plan:
    """Return a plan on offer."""
    made = Plan(PLAN)
    made.create("Basic Health Plan", terms)
    return made


def started(terms: Terms = BASIC, zone: str = "UTC") -> SubscriptionStarted:
    """Return the first event of a subscription begun on 31 January 2026 without a trial."""
    first = terms.period(date(2026, 1, 31), 1)
    return SubscriptionStarted(
        person_id=PERSON, plan_id=PLAN, plan_name="Basic Health Plan", terms=terms, zone=zone,
        anchor=date(2026, 1, 31), period=1, period_start=first.start, period_end=first.end, started_at=JANUARY_31,
    )  # fmt: skip


__all__ = ["BASIC", "CLERK", "JANUARY_31", "PERSON", "PLAN", "STREAM", "appointment", "at", "inr", "plan", "started"]
