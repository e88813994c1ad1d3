"""Working hours as people say them, Mondays nine to one, and the spans of real time they amount to."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import msgspec

from domain.kernel.civil import zone
from domain.kernel.classes import WallClock
from domain.scheduling.refusals import UnsoundHours
from domain.scheduling.slots import cells_of, lowest_free

MINUTES_OF_DAY = 24 * 60
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


class Hours(msgspec.Struct, frozen=True):
    """``weekday``: ISO, Monday is 0. ``opens`` and ``closes``: HH:MM on the wall; 24:00 closes the day."""

    weekday: int
    opens: WallClock
    closes: WallClock


class Opening(NamedTuple):
    """A span of real time, in UTC, in which someone works."""

    begins: datetime
    ends: datetime


def minute_of_day(clock: str) -> int:
    """Return minutes since midnight on the wall, or raise UnsoundHours."""
    if not _CLOCK.fullmatch(clock):
        raise UnsoundHours("A time of day is written HH:MM, from 00:00 to 24:00.", field="hours")
    return int(clock[:2]) * 60 + int(clock[3:])


def check_hours(hours: Sequence[Hours]) -> None:
    """Raise UnsoundHours unless every window opens before it closes and none overlap."""
    for weekday in {window.weekday for window in hours}:
        if not 0 <= weekday <= 6:
            raise UnsoundHours("A weekday is a number from 0 (Monday) to 6 (Sunday).", field="hours")
        windows = sorted((minute_of_day(w.opens), minute_of_day(w.closes)) for w in hours if w.weekday == weekday)
        if any(opens >= closes for opens, closes in windows):
            raise UnsoundHours("Working hours open before they close.", field="hours", weekday=weekday)
        if any(later[0] < earlier[1] for earlier, later in pairwise(windows)):
            raise UnsoundHours("Working hours of one day do not overlap.", field="hours", weekday=weekday)


def instant_of(day: date, minute: int, zone_name: str) -> datetime:
    """Return the instant of a time on the wall, read as iCalendar does (RFC 5545, 3.3.5).

    A time that the clocks skip is read with the offset before the change; one that occurs twice is the first.
    """
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a time on the wall; the zone follows
    return (midnight + timedelta(minutes=minute)).replace(tzinfo=zone(zone_name)).astimezone(UTC)


def openings(
    hours: Sequence[Hours], zone_name: str, blocked: Collection[date], first: date, last: date
) -> list[Opening]:
    """Return the spans worked from ``first`` to ``last`` (dates in the zone); spans that touch become one."""
    spans: list[Opening] = []
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        windows = [w for w in hours if w.weekday == day.weekday()] if day not in blocked else []
        for window in sorted(windows, key=lambda w: w.opens):
            begins = instant_of(day, minute_of_day(window.opens), zone_name)
            ends = instant_of(day, minute_of_day(window.closes), zone_name)
            if spans and begins <= spans[-1].ends:
                spans[-1] = Opening(min(begins, spans[-1].begins), max(ends, spans[-1].ends))
            elif begins < ends:
                spans.append(Opening(begins, ends))
    return spans


def starts_in(span: Opening, minutes: int, step_minutes: int, earliest: datetime) -> Iterator[datetime]:
    """Yield the starts in a span that leave room for ``minutes``, every ``step_minutes`` from its beginning."""
    step = timedelta(minutes=step_minutes)
    skipped = max(0, -(-(earliest - span.begins) // step))
    start = span.begins + skipped * step
    while start + timedelta(minutes=minutes) <= span.ends:
        yield start
        start += step


def is_free(starts: datetime, minutes: int, capacity: int, taken: Mapping[int, Collection[int]]) -> bool:
    """Whether each cell of the time has a seat under ``capacity`` that is not ``taken`` (seats by cell)."""
    return all(lowest_free(capacity, taken.get(cell, ())) is not None for cell in cells_of(starts, minutes))
