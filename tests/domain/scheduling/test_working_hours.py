"""Working hours in real time, also on the days when the clocks change, and what a calendar refuses."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from domain.kernel.civil import CivilTime, NoSuchTime, UnknownZone
from domain.scheduling.appointment import Appointment
from domain.scheduling.calendar import PractitionerCalendar
from domain.scheduling.events import DateBlocked, DateUnblocked, WorkingHoursSet
from domain.scheduling.hours import Hours, Opening, is_free, openings, starts_in
from domain.scheduling.refusals import (
    BeyondBookingWindow,
    NoticeTooShort,
    NoWorkingHours,
    SlotOutsideHours,
    UnsoundHours,
)
from domain.scheduling.slots import cell_of
from tests.domain.scheduling.examples import DOCTOR, NOW, book, details, slot
from tests.domain.story import given

LISBON = "Europe/Lisbon"
WEEK = tuple(Hours(day, "09:00", "13:00") for day in range(5))
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def hours_set(**changes: object) -> WorkingHoursSet:
    facts = {
        "practitioner_id": DOCTOR, "zone": LISBON, "hours": WEEK, "capacity": 1, "step_minutes": 15,
        "window_days": 60, "notice_minutes": 0,
    } | changes  # fmt: skip
    return WorkingHoursSet(**facts)  # type: ignore[arg-type]


SET = hours_set()
BLOCKED = DateBlocked(practitioner_id=DOCTOR, date=MONDAY.date(), reason=None)


@pytest.mark.requirement("R044")
class TestCalendar:
    def test_keeps_the_week_as_it_was_said(self) -> None:
        given(PractitionerCalendar).when(lambda c: c.set_hours(DOCTOR, WEEK, LISBON)).then(SET)

    @pytest.mark.parametrize(
        "week",
        [
            [Hours(7, "09:00", "13:00")],
            [Hours(0, "13:00", "09:00")],
            [Hours(0, "9:00", "13:00")],
            [Hours(0, "09:00", "24:01")],
            [Hours(0, "09:00", "13:00"), Hours(0, "12:45", "14:00")],
        ],
    )
    def test_refuses_hours_that_cannot_be(self, week: list[Hours]) -> None:
        given(PractitionerCalendar).when(lambda c: c.set_hours(DOCTOR, week, LISBON)).refused(UnsoundHours)

    def test_refuses_a_zone_that_is_not_on_the_map(self) -> None:
        given(PractitionerCalendar).when(lambda c: c.set_hours(DOCTOR, WEEK, "Lisbon")).refused(UnknownZone)

    def test_blocks_a_date_once(self) -> None:
        given(PractitionerCalendar, SET).when(lambda c: c.block(DOCTOR, BLOCKED.date)).then(BLOCKED)
        given(PractitionerCalendar, SET, BLOCKED).when(lambda c: c.block(DOCTOR, BLOCKED.date)).then()

    def test_opens_a_blocked_date_again(self) -> None:
        opened = DateUnblocked(practitioner_id=DOCTOR, date=BLOCKED.date)
        given(PractitionerCalendar, SET, BLOCKED).when(lambda c: c.unblock(DOCTOR, BLOCKED.date)).then(opened)

    def test_has_no_dates_to_block_before_it_has_hours(self) -> None:
        given(PractitionerCalendar).when(lambda c: c.block(DOCTOR, BLOCKED.date)).refused(NoWorkingHours)


@pytest.mark.requirement("R047")
class TestBookingInsideTheHours:
    def test_is_allowed_to_the_last_minute(self) -> None:
        given(PractitionerCalendar, SET).when(lambda c: c.check(MONDAY, 240)).then()

    @pytest.mark.parametrize(("starts", "minutes"), [(MONDAY, 241), (MONDAY - timedelta(minutes=1), 30),
                                                     (MONDAY - timedelta(days=1), 30)])  # fmt: skip
    def test_is_refused_where_a_minute_lies_outside(self, starts: datetime, minutes: int) -> None:
        given(PractitionerCalendar, SET).when(lambda c: c.check(starts, minutes)).refused(SlotOutsideHours)

    def test_is_refused_on_a_blocked_date(self) -> None:
        given(PractitionerCalendar, SET, BLOCKED).when(lambda c: c.check(MONDAY, 30)).refused(SlotOutsideHours)

    def test_is_not_judged_without_hours(self) -> None:
        given(PractitionerCalendar).when(lambda c: c.check(MONDAY, 30)).then()

    def test_goes_on_past_midnight_when_the_next_day_opens_then(self) -> None:
        nights = hours_set(hours=(Hours(0, "20:00", "24:00"), Hours(1, "00:00", "06:00")))
        late = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
        given(PractitionerCalendar, nights).when(lambda c: c.check(late, 420)).then()
        given(PractitionerCalendar, nights).when(lambda c: c.check(late, 421)).refused(SlotOutsideHours)

    def test_keeps_to_notice_and_window(self) -> None:
        picky = hours_set(notice_minutes=120, window_days=7)
        soon, far = NOW + timedelta(minutes=119), NOW + timedelta(days=7, minutes=1)
        given(PractitionerCalendar, picky).when(lambda c: c.check_notice(soon, NOW)).refused(NoticeTooShort)
        given(PractitionerCalendar, picky).when(lambda c: c.check_notice(far, NOW)).refused(BeyondBookingWindow)


@pytest.mark.requirement("R046")
class TestDaysWhenTheClocksChange:
    def test_a_day_of_work_over_the_gap_is_an_hour_shorter(self) -> None:
        (span,) = openings([Hours(6, "00:00", "04:00")], LISBON, (), SPRING, SPRING)
        assert span.ends - span.begins == timedelta(hours=3)

    def test_a_day_of_work_over_the_fold_is_an_hour_longer(self) -> None:
        (span,) = openings([Hours(6, "00:00", "04:00")], LISBON, (), AUTUMN, AUTUMN)
        assert span.ends - span.begins == timedelta(hours=5)

    def test_starts_offered_over_the_gap_are_times_that_occur(self) -> None:
        (span,) = openings([Hours(6, "00:30", "03:00")], LISBON, (), SPRING, SPRING)
        clock = [CivilTime.at(start, LISBON).local[11:] for start in starts_in(span, 30, 30, span.begins)]
        assert clock == ["00:30", "02:00", "02:30"]

    def test_starts_offered_over_the_fold_are_told_apart(self) -> None:
        (span,) = openings([Hours(6, "00:30", "03:00")], LISBON, (), AUTUMN, AUTUMN)
        told = [CivilTime.at(start, LISBON) for start in starts_in(span, 30, 30, span.begins)]
        clock = [(t.local[11:], t.fold) for t in told]
        assert clock == [
            ("00:30", 0),
            ("01:00", 0),
            ("01:30", 0),
            ("01:00", 1),
            ("01:30", 1),
            ("02:00", 0),
            ("02:30", 0),
        ]

    def test_nine_in_the_morning_stays_nine_in_the_morning(self) -> None:
        before, after = SPRING - timedelta(days=1), SPRING
        nine = [Hours(day, "09:00", "10:00") for day in (5, 6)]
        spans = openings(nine, LISBON, (), before, after)
        assert [span.begins.hour for span in spans] == [9, 8]

    def test_a_time_in_the_gap_cannot_be_booked(self) -> None:
        with pytest.raises(NoSuchTime):
            CivilTime.of(datetime(2026, 3, 29, 1, 30), LISBON)  # noqa: DTZ001

    def test_both_times_of_the_fold_can_be_booked_one_after_the_other(self) -> None:
        half_past_one = datetime(2026, 10, 25, 1, 30)  # noqa: DTZ001
        first, second = CivilTime.of(half_past_one, LISBON, 0), CivilTime.of(half_past_one, LISBON, 1)
        assert set(slot(first).keys(DOCTOR)).isdisjoint(slot(second).keys(DOCTOR))
        for starts in (first, second):
            made = Appointment(DOCTOR)
            book(made, details(starts=starts))
            assert made.starts == starts

    @over(
        st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001
        st.sampled_from([LISBON, "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]),
        st.integers(0, 1),
    )
    def test_a_civil_time_and_its_instant_name_each_other(self, local: datetime, zone_name: str, fold: int) -> None:
        try:
            starts = CivilTime.of(local, zone_name, fold)
        except NoSuchTime:
            return
        assert CivilTime.at(starts.instant, zone_name) == starts
        assert starts.local == local.isoformat(timespec="minutes")[:16]


clock = st.integers(0, 96).map(lambda q: f"{q // 4:02}:{q % 4 * 15:02}")
windows = st.tuples(st.integers(0, 6), clock, clock).filter(lambda w: w[1] < w[2]).map(lambda w: Hours(*w))


@pytest.mark.requirement("R044")
class TestFreeTimes:
    @over(st.lists(windows, max_size=6), st.sampled_from([SPRING, AUTUMN, date(2026, 6, 1)]), st.integers(5, 180))
    def test_lie_inside_the_hours_and_in_order(self, week: list[Hours], day: date, minutes: int) -> None:
        spans = openings(week, LISBON, (), day - timedelta(days=3), day + timedelta(days=3))
        assert all(a.ends < b.begins for a, b in pairwise(spans))
        for span in spans:
            for start in starts_in(span, minutes, 15, span.begins):
                assert span.begins <= start
                assert start + timedelta(minutes=minutes) <= span.ends

    def test_begin_with_the_step_after_the_earliest(self) -> None:
        span = Opening(MONDAY, MONDAY + timedelta(hours=1))
        found = list(starts_in(span, 30, 15, MONDAY + timedelta(minutes=1)))
        assert found == [MONDAY + timedelta(minutes=15), MONDAY + timedelta(minutes=30)]

    def test_are_free_while_a_seat_is_left_in_every_cell(self) -> None:
        cell = cell_of(MONDAY)
        assert is_free(MONDAY, 30, 2, {cell: {0}, cell + 3: {1}})
        assert not is_free(MONDAY, 30, 2, {cell + 5: {0, 1}})
        assert is_free(MONDAY, 30, 2, {cell + 6: {0, 1}, cell - 1: {0, 1}})
