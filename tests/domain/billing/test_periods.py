"""Billing periods follow the calendar people live by, from one anchor, without drift."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.billing.periods import Interval, boundary, civil_date, period, period_with, start_of_day

days = some.dates(date(1990, 1, 1), date(2090, 12, 31))
intervals = some.sampled_from(Interval)
counts = some.integers(1, 36)


@pytest.mark.requirement("R117")
class TestPeriods:
    def test_begin_on_the_last_of_the_month_after_a_shorter_month(self) -> None:
        starts = [boundary(date(2026, 1, 31), Interval.MONTHLY, 1, n) for n in range(5)]
        assert starts == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]

    def test_reach_29_february_in_a_leap_year_only(self) -> None:
        starts = [boundary(date(2024, 2, 29), Interval.YEARLY, 1, n) for n in (1, 2, 3, 4)]
        assert starts == [date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29)]

    @pytest.mark.parametrize(
        ("interval", "count", "end"),
        [
            (Interval.DAILY, 1, date(2026, 2, 1)),
            (Interval.DAILY, 10, date(2026, 2, 10)),
            (Interval.WEEKLY, 2, date(2026, 2, 14)),
            (Interval.MONTHLY, 1, date(2026, 2, 28)),
            (Interval.QUARTERLY, 1, date(2026, 4, 30)),
            (Interval.YEARLY, 1, date(2027, 1, 31)),
        ],
    )
    def test_are_as_long_as_their_interval_says(self, interval: Interval, count: int, end: date) -> None:
        assert period(date(2026, 1, 31), interval, count, 1).end == end

    @given(days, intervals, counts, some.integers(1, 60))
    def test_never_drift_from_the_anchor_day(self, anchor: date, interval: Interval, count: int, number: int) -> None:
        start = period(anchor, interval, count, number).start
        if interval in (Interval.DAILY, Interval.WEEKLY):
            assert (start - anchor).days % count == 0
        else:
            assert start.day == min(anchor.day, monthrange(start.year, start.month)[1])

    @given(days, intervals, counts, some.integers(1, 60))
    def test_follow_each_other_without_gap_or_overlap(
        self, anchor: date, interval: Interval, count: int, number: int
    ) -> None:
        this, following = (period(anchor, interval, count, n) for n in (number, number + 1))
        assert this.start < this.end == following.start

    @given(days, intervals, counts, some.integers(0, 20_000))
    def test_are_found_by_any_day_in_them(self, anchor: date, interval: Interval, count: int, later: int) -> None:
        day = anchor + timedelta(days=later)
        found = period_with(anchor, interval, count, day)
        assert found.start <= day < found.end
        assert found == period(anchor, interval, count, found.number)


class TestDays:
    def test_begin_when_the_clock_skips_midnight(self) -> None:
        assert start_of_day(date(2018, 11, 4), "America/Sao_Paulo") == datetime(2018, 11, 4, 3, 0, tzinfo=UTC)

    def test_begin_earlier_in_the_east(self) -> None:
        assert start_of_day(date(2026, 3, 1), "Asia/Kolkata") == datetime(2026, 2, 28, 18, 30, tzinfo=UTC)

    def test_are_told_by_the_zone_and_not_by_utc(self) -> None:
        assert civil_date(datetime(2026, 2, 28, 20, 0, tzinfo=UTC), "Asia/Kolkata") == date(2026, 3, 1)
