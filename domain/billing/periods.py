"""Billing periods: civil dates counted from one anchor day, so a month-end start never drifts."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from domain.kernel.civil import zone


class Interval(StrEnum):
    """The unit a billing period is measured in."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    YEARLY = "YEARLY"


_DAYS = {Interval.DAILY: 1, Interval.WEEKLY: 7}
_MONTHS = {Interval.MONTHLY: 1, Interval.QUARTERLY: 3, Interval.YEARLY: 12}


class Period(NamedTuple):
    """Civil dates: ``start`` belongs to the period, ``end`` to the next. ``number`` counts from 1; 0 is the trial."""

    number: int
    start: date
    end: date


def boundary(anchor: date, interval: Interval, count: int, steps: int) -> date:
    """Return the day ``steps`` periods of ``count`` intervals after ``anchor``; the 31st clamps to a month's end."""
    if interval in _DAYS:
        return anchor + timedelta(days=_DAYS[interval] * count * steps)
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + _MONTHS[interval] * count * steps, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def period(anchor: date, interval: Interval, count: int, number: int) -> Period:
    """Return the ``number``-th period (from 1) counted from ``anchor``."""
    return Period(number, boundary(anchor, interval, count, number - 1), boundary(anchor, interval, count, number))


def period_with(anchor: date, interval: Interval, count: int, day: date) -> Period:
    """Return the period that holds ``day`` (on or after ``anchor``)."""
    if interval in _DAYS:
        whole = (day - anchor).days // (_DAYS[interval] * count)
    else:
        months = (day.year - anchor.year) * 12 + day.month - anchor.month
        whole = max(months // (_MONTHS[interval] * count) - 1, 0)
    found = period(anchor, interval, count, whole + 1)
    while found.end <= day:
        found = period(anchor, interval, count, found.number + 1)
    return found


def civil_date(instant: datetime, zone_name: str) -> date:
    """Return the date it is at ``instant`` in ``zone_name``."""
    return instant.astimezone(zone(zone_name)).date()


def start_of_day(day: date, zone_name: str) -> datetime:
    """Return the instant (UTC) at which ``day`` begins in ``zone_name``, also where the clocks skip midnight."""
    return datetime(day.year, day.month, day.day, tzinfo=zone(zone_name)).astimezone(UTC)
