"""An appointment's life, from hold to end, and every turn it refuses."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from domain.kernel.errors import IllegalTransition
from domain.kernel.event import DomainEvent
from domain.scheduling import events
from domain.scheduling.appointment import Appointment
from domain.scheduling.kinds import AppointmentStatus as Status
from domain.scheduling.kinds import CancellationCode, Lead, OverbookingCode, Party
from domain.scheduling.refusals import AlreadyBooked, HoldRanOut, NotYet, UnsoundLink, UnsoundTimes
from tests.domain.scheduling.examples import (
    BOOKED,
    CANCELLED,
    CHECKED_IN,
    COMPLETED,
    CONFIRMED,
    COVERED,
    DOCTOR,
    EXPIRED,
    HELD,
    HOLD_ENDS,
    NO_SHOW,
    NOW,
    OTHER_DOCTOR,
    PATIENT,
    REMINDED,
    STARTED,
    STARTS,
    SUBSCRIPTION,
    THEN,
    VIDEO,
    book,
    details,
    move,
    moved,
    slot,
)
from tests.domain.story import given


@pytest.mark.requirement("R169")
class TestBooking:
    def test_holds_the_time_until_the_hold_ends(self) -> None:
        made = given(Appointment).when(book).then(HELD)
        assert made.status is Status.PENDING
        assert made.keys == slot().keys(DOCTOR)

    def test_outright_needs_no_confirmation(self) -> None:
        made = given(Appointment).when(lambda a: book(a, hold=None)).then(BOOKED)
        assert made.status is Status.SCHEDULED

    def test_happens_once(self) -> None:
        given(Appointment, HELD).when(book).refused(AlreadyBooked)

    @pytest.mark.parametrize("hold", [NOW, NOW - timedelta(minutes=1), NOW + timedelta(days=7, seconds=1)])
    def test_refuses_a_hold_that_is_over_or_longer_than_a_week(self, hold: object) -> None:
        given(Appointment).when(lambda a: book(a, hold=hold)).refused(UnsoundTimes)  # type: ignore[arg-type]

    @pytest.mark.parametrize("minutes", [0, 4, 1441])
    def test_refuses_lengths_no_appointment_has(self, minutes: int) -> None:
        given(Appointment).when(lambda a: book(a, details(minutes=minutes))).refused(UnsoundTimes)

    def test_refuses_a_start_that_is_over(self) -> None:
        refused = given(Appointment).when(lambda a: book(a, now=THEN + timedelta(minutes=5))).refused(UnsoundTimes)
        assert refused.code == "starts-in-past"

    def test_lets_someone_walk_in_within_the_five_minutes_that_run(self) -> None:
        given(Appointment).when(lambda a: book(a, now=THEN + timedelta(minutes=4), hold=None)).then(BOOKED)

    @pytest.mark.requirement("R186")
    def test_refuses_a_follow_up_of_nothing(self) -> None:
        given(Appointment).when(lambda a: book(a, details(is_follow_up=True))).refused(UnsoundLink)

    @pytest.mark.requirement("R187")
    @pytest.mark.parametrize("place", [(None, 1), (SUBSCRIPTION, None), (SUBSCRIPTION, 0)])
    def test_refuses_a_place_in_a_series_that_is_half_said(self, place: tuple[object, object]) -> None:
        told = details(series_id=place[0], series_sequence=place[1])
        given(Appointment).when(lambda a: book(a, told)).refused(UnsoundLink)

    def test_refuses_seats_of_another_time(self) -> None:
        given(Appointment).when(lambda a: book(a, at=slot(minutes=35))).refused(UnsoundTimes)


@pytest.mark.requirement("R169")
class TestTheWayThrough:
    def test_a_hold_is_confirmed_before_it_runs_out(self) -> None:
        just_in_time = HOLD_ENDS - timedelta(seconds=1)
        given(Appointment, HELD).when(lambda a: a.confirm(just_in_time)).then(CONFIRMED)

    def test_a_hold_cannot_be_confirmed_from_its_end_on_even_if_nobody_expired_it(self) -> None:
        given(Appointment, HELD).when(lambda a: a.confirm(HOLD_ENDS)).refused(HoldRanOut)

    def test_what_was_booked_outright_is_confirmed_without_having_been_held(self) -> None:
        plain = events.AppointmentConfirmed(patient_id=PATIENT, was_held=False, starts=STARTS)
        given(Appointment, BOOKED).when(lambda a: a.confirm(THEN)).then(plain)

    def test_the_patient_comes_on_the_day(self) -> None:
        given(Appointment, HELD, CONFIRMED).when(lambda a: a.check_in(THEN)).then(CHECKED_IN)

    def test_nobody_comes_the_day_before(self) -> None:
        given(Appointment, BOOKED).when(lambda a: a.check_in(THEN - timedelta(hours=11))).refused(NotYet)

    def test_it_starts_after_check_in(self) -> None:
        given(Appointment, BOOKED, CHECKED_IN).when(lambda a: a.start(THEN)).then(STARTED)

    def test_a_video_call_starts_without_check_in(self) -> None:
        given(Appointment, VIDEO).when(lambda a: a.start(THEN)).then(STARTED)

    def test_it_is_completed_after_it_started(self) -> None:
        given(Appointment, BOOKED, CHECKED_IN, STARTED).when(lambda a: a.complete(THEN)).then(COMPLETED)

    def test_a_no_show_is_known_only_after_the_start(self) -> None:
        given(Appointment, BOOKED).when(lambda a: a.mark_no_show(THEN - timedelta(minutes=1))).refused(NotYet)
        given(Appointment, BOOKED).when(lambda a: a.mark_no_show(THEN)).then(NO_SHOW)


def cancel(appointment: Appointment) -> None:
    appointment.cancel(CancellationCode.PATIENT_REQUEST, Party.PATIENT, PATIENT)


ACTS: dict[str, Callable[[Appointment], None]] = {
    "confirm": lambda a: a.confirm(NOW),
    "check in": lambda a: a.check_in(THEN),
    "start": lambda a: a.start(THEN),
    "complete": lambda a: a.complete(THEN),
    "mark no-show": lambda a: a.mark_no_show(THEN),
    "cancel": cancel,
    "move": move,
    "cover": lambda a: a.cover(SUBSCRIPTION),
}
LIVES: dict[str, tuple[DomainEvent, ...]] = {
    "PENDING": (HELD,),
    "SCHEDULED": (BOOKED,),
    "CONFIRMED": (HELD, CONFIRMED),
    "CHECKED_IN": (BOOKED, CHECKED_IN),
    "IN_PROGRESS": (BOOKED, CHECKED_IN, STARTED),
    "COMPLETED": (BOOKED, CHECKED_IN, STARTED, COMPLETED),
    "CANCELLED": (BOOKED, CANCELLED),
    "NO_SHOW": (BOOKED, NO_SHOW),
    "EXPIRED": (HELD, EXPIRED),
}
ALLOWED = {
    "PENDING": {"confirm", "cancel", "move", "cover"},
    "SCHEDULED": {"confirm", "check in", "mark no-show", "cancel", "move", "cover"},
    "CONFIRMED": {"check in", "mark no-show", "cancel", "move", "cover"},
    "CHECKED_IN": {"start", "cancel", "cover"},
    "IN_PROGRESS": {"complete"},
}


@pytest.mark.requirement("R169")
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("status", LIVES)
def test_every_turn_is_taken_or_refused_as_the_life_of_an_appointment_says(status: str, act: str) -> None:
    appointment = Appointment(OTHER_DOCTOR).replay(LIVES[status])
    assert appointment.status == status
    if act in ALLOWED.get(status, set()):
        ACTS[act](appointment)
        assert len(appointment.pending) == 1
    else:
        given(Appointment, *LIVES[status]).when(ACTS[act]).refused(IllegalTransition)


class TestCancelling:
    def test_says_who_and_why_and_frees_the_seats(self) -> None:
        gone = given(Appointment, HELD, CONFIRMED).when(cancel).then(CANCELLED)
        assert gone.keys == ()

    def test_names_the_subscription_that_was_to_pay(self) -> None:
        paid = msgspec.structs.replace(CANCELLED, subscription_id=SUBSCRIPTION)
        given(Appointment, BOOKED, COVERED).when(cancel).then(paid)


class TestHoldThatRunsOut:
    def test_expires_and_frees_the_seats(self) -> None:
        gone = given(Appointment, HELD).when(lambda a: a.expire_hold(HOLD_ENDS)).then(EXPIRED)
        assert gone.status is Status.EXPIRED
        assert gone.keys == ()

    @pytest.mark.parametrize("life", [(HELD, CONFIRMED), (HELD, CANCELLED), (HELD, EXPIRED), (BOOKED,)])
    def test_leaves_alone_what_is_not_held_any_more(self, life: tuple[DomainEvent, ...]) -> None:
        given(Appointment, *life).when(lambda a: a.expire_hold(HOLD_ENDS)).then()


class TestMoving:
    def test_keeps_the_state_and_counts(self) -> None:
        made = given(Appointment, BOOKED).when(move).then(moved())
        assert (made.status, made.keys) == (Status.SCHEDULED, slot(made.starts).keys(DOCTOR))

    def test_a_hold_that_is_moved_stays_a_hold_with_the_same_end(self) -> None:
        made = given(Appointment, HELD).when(move).then(moved(status=Status.PENDING))
        assert made.hold_expires_at == HOLD_ENDS

    def test_to_where_it_is_changes_nothing(self) -> None:
        given(Appointment, BOOKED).when(lambda a: move(a, STARTS)).then()

    def test_to_where_it_is_needs_no_leave_though_it_was_let_in_beyond_the_capacity(self) -> None:
        beyond = msgspec.structs.replace(
            BOOKED, slot=slot(seat=1), overbooked=True, overbooking_code=OverbookingCode.URGENT
        )
        given(Appointment, beyond).when(lambda a: move(a, STARTS)).then()

    def test_is_refused_once_the_hold_is_over(self) -> None:
        given(Appointment, HELD).when(lambda a: move(a, now=HOLD_ENDS)).refused(HoldRanOut)

    def test_is_refused_into_the_past(self) -> None:
        given(Appointment, BOOKED).when(lambda a: move(a, now=THEN + timedelta(days=1))).refused(UnsoundTimes)


@pytest.mark.requirement("R143")
class TestSubscription:
    def test_pays_for_an_appointment_once(self) -> None:
        given(Appointment, BOOKED).when(lambda a: a.cover(SUBSCRIPTION)).then(COVERED)
        given(Appointment, BOOKED, COVERED).when(lambda a: a.cover(SUBSCRIPTION)).then()

    def test_does_not_pay_for_what_another_pays(self) -> None:
        given(Appointment, BOOKED, COVERED).when(lambda a: a.cover(OTHER_DOCTOR)).refused(UnsoundLink)

    def test_is_taken_off_again(self) -> None:
        off = events.AppointmentUncovered(patient_id=PATIENT, subscription_id=SUBSCRIPTION)
        made = given(Appointment, BOOKED, COVERED).when(lambda a: a.uncover()).then(off)
        assert not made.is_subscription_based
        given(Appointment, BOOKED).when(lambda a: a.uncover()).then()


@pytest.mark.requirement("R380")
class TestReminder:
    def test_is_noted_once_per_lead_and_start(self) -> None:
        given(Appointment, BOOKED).when(lambda a: a.note_reminder(Lead.DAY, THEN)).then(REMINDED)
        given(Appointment, BOOKED, REMINDED).when(lambda a: a.note_reminder(Lead.DAY, THEN)).then()

    @pytest.mark.parametrize("life", [(HELD,), (BOOKED, CANCELLED), (BOOKED, moved())])
    def test_is_not_noted_where_nothing_takes_place_then(self, life: tuple[DomainEvent, ...]) -> None:
        given(Appointment, *life).when(lambda a: a.note_reminder(Lead.DAY, THEN)).then()
