"""Seats: whatever is booked, moved and called off, no two live appointments of a practitioner sit on one."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from domain.kernel.civil import CivilTime
from domain.kernel.unique import UniqueKey
from domain.scheduling.appointment import Appointment
from domain.scheduling.details import Overbooking
from domain.scheduling.kinds import CancellationCode, OverbookingCode, Party
from domain.scheduling.refusals import OverbookingNeedsReason
from domain.scheduling.slots import SPARE_SEATS, begin_of, cell_of, cells_of, choose, first_choice
from tests.domain.scheduling.examples import DOCTOR, NOW, PATIENT, book, details, move, slot
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


class Book(RuleBasedStateMachine):
    """One practitioner's book over a morning, with the store's rule: a key is held by one stream at a time."""

    times = st.tuples(st.integers(0, 36), st.integers(1, 12)).map(lambda t: (t[0] * 5, t[1] * 5))

    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[UniqueKey, UUID] = {}
        self.live: dict[UUID, Appointment] = {}
        self.capacity = 1

    @initialize(capacity=st.integers(1, 3))
    def open(self, capacity: int) -> None:
        self.capacity = capacity

    def taken(self) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        for key in self.keys:
            _, cell, seat = key.key.rsplit(":", 2)
            found.setdefault(int(cell), set()).add(int(seat))
        return found

    def commit(self, appointment: Appointment, before: tuple[UniqueKey, ...]) -> bool:
        """Take what is new and release what is left, or nothing at all, as the store does."""
        new = [key for key in appointment.keys if key not in before]
        if any(key in self.keys for key in new):
            return False
        self.keys |= dict.fromkeys(new, appointment.id)
        for key in before:
            if key not in appointment.keys:
                del self.keys[key]
        return True

    @rule(time=times, blindly=st.booleans(), over=st.booleans())
    def somebody_books(self, time: tuple[int, int], blindly: bool, over: bool) -> None:
        starts = CivilTime.at(MORNING + timedelta(minutes=time[0]), "Europe/Lisbon")
        cells = cells_of(starts.instant, time[1])
        seats = self.capacity + (SPARE_SEATS if over else 0)
        chosen = first_choice(cells, {}) if blindly else choose(cells, seats, {}, self.taken())
        if chosen is None:
            assert any(len(self.taken().get(cell, ())) >= self.capacity for cell in cells)
            return
        made = Appointment(UUID(int=len(self.live) + 1))
        book(made, details(starts=starts, minutes=time[1]), chosen, capacity=self.capacity, now=NOW,
             overbooking=URGENT if over else None)  # fmt: skip
        if self.commit(made, ()):
            self.live[made.id] = made

    @precondition(lambda self: self.live)
    @rule(time=times, which=st.integers(0, 1000))
    def somebody_moves(self, time: tuple[int, int], which: int) -> None:
        appointment = list(self.live.values())[which % len(self.live)]
        if not appointment.keys:
            return
        starts = CivilTime.at(MORNING + timedelta(minutes=time[0]), "Europe/Lisbon")
        before = appointment.keys
        assert appointment.slot is not None
        kept = {cell: seat for cell, seat in appointment.slot.seat_of.items() if seat < self.capacity}
        chosen = choose(cells_of(starts.instant, time[1]), self.capacity, kept, self.taken())
        if chosen is not None:
            move(appointment, starts, time[1], at=chosen, capacity=self.capacity)
            assert self.commit(appointment, before)

    @precondition(lambda self: self.live)
    @rule(which=st.integers(0, 1000))
    def somebody_cancels(self, which: int) -> None:
        appointment = list(self.live.values())[which % len(self.live)]
        if appointment.keys:
            before = appointment.keys
            appointment.cancel(CancellationCode.OTHER, Party.STAFF, DOCTOR)
            assert self.commit(appointment, before)

    @invariant()
    def nobody_shares_a_seat(self) -> None:
        held = [key for appointment in self.live.values() for key in appointment.keys]
        assert len(held) == len(set(held))
        assert {key: a.id for a in self.live.values() for key in a.keys} == self.keys

    @invariant()
    def only_overbooking_goes_beyond_the_capacity(self) -> None:
        for appointment in self.live.values():
            if appointment.slot is not None and not appointment.overbooked:
                assert not appointment.slot.beyond(self.capacity)


TestBook = Book.TestCase
TestBook.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


class CarelessBook(Book):
    """A store that forgets to look whether a key is held."""

    def commit(self, appointment: Appointment, before: tuple[UniqueKey, ...]) -> bool:
        self.keys |= dict.fromkeys(appointment.keys, appointment.id)
        return True


SEARCH = settings(max_examples=200, deadline=None, database=None, report_multiple_bugs=False)


def test_a_store_that_does_not_look_is_found_out() -> None:
    with pytest.raises(AssertionError):
        run_state_machine_as_test(CarelessBook, settings=SEARCH)
