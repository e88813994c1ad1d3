"""Seats: the cells a time touches, which seat is given in each, and what it takes to go beyond the capacity."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from domain.scheduling.appointment import Appointment
from domain.scheduling.details import Overbooking
from domain.scheduling.kinds import OverbookingCode
from domain.scheduling.refusals import OverbookingNeedsReason
from domain.scheduling.slots import begin_of, cell_of, cells_of, choose
from tests.domain.scheduling.examples import PATIENT, book, slot
from tests.domain.story import given

URGENT = Overbooking(OverbookingCode.URGENT, "Fever since last night")
MORNING = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.mark.requirement("R048")
class TestCells:
    @over(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)), st.integers(5, 1440))  # noqa: DTZ001
    def test_are_exactly_those_the_time_touches(self, starts: datetime, minutes: int) -> None:
        starts = starts.replace(second=0, microsecond=0)
        cells, ends = cells_of(starts, minutes), starts + timedelta(minutes=minutes)
        assert begin_of(cells[0]) <= starts < begin_of(cells[0] + 1)
        assert begin_of(cells[-1]) < ends <= begin_of(cells[-1] + 1)

    def test_do_not_reach_into_the_next_appointment(self) -> None:
        first, second = cells_of(MORNING, 30), cells_of(MORNING + timedelta(minutes=30), 30)
        assert set(first).isdisjoint(second)
        assert set(first) & set(cells_of(MORNING + timedelta(minutes=29), 30)) == {cell_of(MORNING) + 5}


class TestChoosing:
    def test_gives_the_lowest_free_seat_of_each_cell(self) -> None:
        chosen = choose(range(10, 13), 3, {}, {10: {0}, 12: {0, 1}})
        assert chosen is not None
        assert chosen.seats == (1, 0, 2)

    def test_gives_nothing_where_one_cell_is_full(self) -> None:
        assert choose(range(10, 13), 2, {}, {11: {0, 1}}) is None

    def test_keeps_the_seats_already_held(self) -> None:
        chosen = choose(range(10, 13), 2, {11: 1}, {11: {0, 1}})
        assert chosen is not None
        assert chosen.seats == (0, 1, 0)


class TestOverbooking:
    def test_is_refused_without_a_reason(self) -> None:
        given(Appointment).when(lambda a: book(a, at=slot(seat=1))).refused(OverbookingNeedsReason)

    def test_is_written_down_with_its_reason(self) -> None:
        made = Appointment(PATIENT)
        book(made, at=slot(seat=1), overbooking=URGENT)
        (event,) = made.pending
        assert (made.overbooked, event.overbooking_code, event.overbooking_reason) == (True, *URGENT)  # type: ignore[attr-defined]

    def test_is_not_claimed_where_a_seat_was_free(self) -> None:
        made = Appointment(PATIENT)
        book(made, overbooking=URGENT)
        (event,) = made.pending
        assert (made.overbooked, event.overbooking_code, event.overbooking_reason) == (False, None, None)  # type: ignore[attr-defined]

    def test_a_second_seat_within_the_capacity_is_none(self) -> None:
        made = Appointment(PATIENT)
        book(made, at=slot(seat=1), capacity=2)
        assert not made.overbooked
