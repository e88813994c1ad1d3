"""How long each class of data is kept, by which law: policy as data, with what an organisation sets for itself."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.errors import Invalid
from domain.kernel.event import Retention
from domain.kernel.ids import derived_id
from domain.privacy.events import RetentionPeriodSet
from domain.privacy.kinds import RequestBasis

MOST_YEARS = 100
LONGEST_SOURCE = 120


class Period(NamedTuple):
    """``years`` after the last entry of a class; ``source`` is the law, or other rule, that says so."""

    years: int
    source: str

    def ends(self, last: date) -> date:
        """Return the first day on which nothing keeps what was last added to on ``last``."""
        year = last.year + self.years
        return date(year, 3, 1) if (last.month, last.day) == (2, 29) and not _leap(year) else last.replace(year=year)


#: What holds unless an organisation sets another period: 7 years cover the ordering provider's duty in the US, 10 are
#: Portugal's for invoices, 6 the Security Rule's for documentation. Nothing keeps a profile or a message.
PERIODS: Mapping[Retention, Period] = MappingProxyType(
    {
        Retention.PROFILE: Period(0, "GDPR art. 17(1)"),
        Retention.MESSAGING: Period(0, "GDPR art. 17(1)"),
        Retention.CLINICAL: Period(7, "42 CFR 424.516(f)"),
        Retention.BILLING: Period(10, "CIVA art. 52 (PT); Directive 2006/112/EC art. 247"),
        Retention.AUDIT: Period(6, "45 CFR 164.316(b)(2)(i)"),
    }
)
SETTABLE = frozenset({Retention.CLINICAL, Retention.BILLING, Retention.AUDIT})
LGPD_ANSWER = timedelta(days=15)


class NothingToKeep(Invalid):
    """Profile and messages have no retention period."""

    code = "no-retention-period"


class UnsoundPeriod(Invalid):
    """The period is not one, or the law that asks for it is not named."""

    code = "unsound-retention-period"


def answer_by(basis: RequestBasis, asked: date) -> date:
    """Return by when the person is owed an answer: 15 days under LGPD art. 19, else a month (GDPR art. 12(3))."""
    if basis is RequestBasis.LGPD:
        return asked + LGPD_ANSWER
    year, month = asked.year + asked.month // 12, asked.month % 12 + 1
    return date(year, month, min(asked.day, monthrange(year, month)[1]))


def policy_id(tenant_id: UUID) -> UUID:
    """Return the stream of a tenant's retention policy."""
    return derived_id("retention-policy", tenant_id)


class RetentionPolicy(Aggregate):
    """The periods of one organisation."""

    NAME = "retention policy"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.periods = dict(PERIODS)

    def set_period(self, retention: Retention, years: int, source: str) -> None:
        """Keep a class so long from now on. Raises NothingToKeep, UnsoundPeriod."""
        if retention not in SETTABLE:
            raise NothingToKeep("Nothing obliges anybody to keep this class.", retention=retention)
        named = source.strip()
        if not 0 <= years <= MOST_YEARS or not named or len(named) > LONGEST_SOURCE:
            raise UnsoundPeriod(f"A period is 0 to {MOST_YEARS} years, and names its law.", retention=retention)
        if self.periods[retention] != (years, named):
            self.record(RetentionPeriodSet(retention=retention, years=years, source=named))

    @evolves
    def _set(self, event: RetentionPeriodSet) -> None:
        self.periods[event.retention] = Period(event.years, event.source)


def _leap(year: int) -> bool:
    return monthrange(year, 2)[1] == 29
