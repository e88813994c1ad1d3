"""What a plan promises and costs: copied whole into a subscription, so that a revised plan changes no contract."""

from datetime import date
from typing import Self

import msgspec

from domain.billing.periods import Interval, Period, period, period_with
from domain.kernel.classes import Code
from domain.kernel.errors import Invalid
from domain.kernel.money import BASIS, Money

MOST_INTERVALS = 36
MOST_TRIAL_DAYS = 365
MOST_APPOINTMENTS = 100_000


class UnsoundTerms(Invalid):
    """The terms of a plan contradict themselves or leave the permitted range."""

    code = "unsound-terms"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """``amount`` per period of ``interval_count`` intervals, before tax; ``included`` appointments per period.

    ``covers`` lists the appointment types included, ``excludes`` those expressly not; when ``covers`` is empty every
    type is covered but the excluded ones.
    """

    amount: Money
    interval: Interval
    interval_count: int = 1
    included: int = 0
    unlimited: bool = False
    covers: tuple[Code, ...] = ()
    excludes: tuple[Code, ...] = ()
    trial_days: int = 0
    tax_basis_points: int = 0

    def checked(self) -> Self:
        """Return these terms, or raise UnsoundTerms."""
        ranges = (
            ("amount", self.amount.amount, 0, 10**12),
            ("interval_count", self.interval_count, 1, MOST_INTERVALS),
            ("appointments_included", self.included, 0, MOST_APPOINTMENTS),
            ("trial_days", self.trial_days, 0, MOST_TRIAL_DAYS),
            ("tax_basis_points", self.tax_basis_points, 0, BASIS),
        )
        for name, value, least, most in ranges:
            if not least <= value <= most:
                raise UnsoundTerms(f"{name} must lie between {least} and {most}.", field=name, least=least, most=most)
        if set(self.covers) & set(self.excludes):
            raise UnsoundTerms("An appointment type cannot be both included and excluded.", field="appointment_types")
        if self.unlimited and self.included:
            raise UnsoundTerms("An unlimited plan names no number of appointments.", field="appointments_included")
        return self

    def covers_type(self, appointment_type: str) -> bool:
        """Whether appointments of this type are included."""
        if self.covers:
            return appointment_type in self.covers
        return appointment_type not in self.excludes

    def period(self, anchor: date, number: int) -> Period:
        """Return the ``number``-th period counted from ``anchor``."""
        return period(anchor, self.interval, self.interval_count, number)

    def period_with(self, anchor: date, day: date) -> Period:
        """Return the period that holds ``day``."""
        return period_with(anchor, self.interval, self.interval_count, day)
