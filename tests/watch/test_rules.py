"""Each rule sees the fault it is for, planted in a database, and sees none before."""

from typing import Any

import pytest

from adapters.watch.consumers import Halted, Parked
from adapters.watch.keys import FEW, Keys
from adapters.watch.sums import Money, Quota, Slots
from adapters.watch.working import Checkpoints, Effects
from tests.watch.faults import EFFECT, EVENTS_OF_KEYS, KEYS, LEAF, MONEY, ONE, OTHER, PARKED, QUOTA, SEATS, event
from tests.watch.looking import Look, broken, places


class TestSlots:
    @pytest.mark.parametrize(("first", "last", "seats"), [(6000000, 6000001, "{0,1}"), (6000003, 6000004, "{0,0}")])
    def test_hold_while_no_seat_is_shared(self, looked: Look, first: int, last: int, seats: str) -> None:
        found = looked(Slots(), SEATS.format(first=first, last=last, seats=seats))
        assert (found[""].value, broken(found)) == (0, {})

    @pytest.mark.parametrize(("first", "last", "seats"), [(6000000, 6000001, "{1,0}"), (6000002, 6000002, "{0}")])
    def test_alarm_when_two_appointments_share_one_in_any_cell(
        self, looked: Look, first: int, last: int, seats: str
    ) -> None:
        found = looked(Slots(), SEATS.format(first=first, last=last, seats=seats))
        assert broken(found) == {"": 2}
        assert set(places(found)) == {f"appointment/{ONE}", f"appointment/{OTHER}"}


class TestQuota:
    def test_holds_while_used_is_what_was_booked_and_the_rest_remains(self, looked: Look) -> None:
        assert broken(looked(Quota(), QUOTA.format(included=10, used=3, remaining=7, booked=3))) == {}
        assert broken(looked(Quota(), QUOTA.format(included="NULL", used=3, remaining="NULL", booked=3))) == {}

    @pytest.mark.parametrize(
        "wrong",
        [
            {"remaining": 8},  # one gained
            {"included": 2, "remaining": -1},  # overdrawn
            {"booked": 4},  # one lost
            {"booked": 0, "used": 0, "remaining": 10},  # released more than was booked
            {"remaining": "NULL"},
        ],
    )
    def test_alarms_when_it_is_not(self, looked: Look, wrong: dict[str, Any]) -> None:
        found = looked(Quota(), QUOTA.format(**({"included": 10, "used": 3, "remaining": 7, "booked": 3} | wrong)))
        assert (broken(found), places(found)) == ({"": 1}, [f"subscription/{ONE}"])


SOUND = {"owed": 300, "paid": 200, "net": 240, "fact": 200}


class TestMoney:
    SOUND = {"owed": 300, "paid": 200, "net": 240, "fact": 200}

    def test_holds_while_three_accounts_agree(self, looked: Look) -> None:
        assert broken(looked(Money(), MONEY.format(**SOUND))) == {}

    @pytest.mark.parametrize(
        ("wrong", "where"),
        [
            ({"owed": 301}, "balances"),
            ({"owed": 299, "paid": 201}, "balances"),
            ({"fact": 100}, "balances"),
        ],
    )
    def test_alarms_when_one_of_them_does_not(self, looked: Look, wrong: dict[str, int], where: str) -> None:
        found = looked(Money(), MONEY.format(**(SOUND | wrong)))
        assert (broken(found), places(found)) == ({where: 1}, ["money/EUR"])

    def test_alarms_when_an_invoice_is_not_the_sum_of_its_lines(self, looked: Look) -> None:
        found = looked(Money(), MONEY.format(**(SOUND | {"net": 230})))
        assert broken(found) == {"balances": 1, "invoices": 1}
        assert f"invoice/{ONE}" in places(found)

    def test_is_not_judged_while_the_accounts_stand_at_different_positions(self, looked: Look) -> None:
        behind = "UPDATE consumers.bookmarks SET position = position + 1 WHERE consumer = 'invoices'"
        found = looked(Money(), MONEY.format(**(SOUND | {"fact": 100})), behind)
        assert found["balances"].value is None


class TestEffects:
    @pytest.mark.parametrize(("late", "state"), [("50 s", "waiting"), ("10 min", "sent"), ("1 day", "done")])
    def test_hold_while_what_is_due_is_done_soon(self, looked: Look, late: str, state: str) -> None:
        assert broken(looked(Effects(), EFFECT.format(late=late, state=state))) == {}

    @pytest.mark.parametrize(
        ("late", "state", "about"),
        [("70 s", "waiting", "seconds overdue"), ("16 min", "sent", "seconds unsettled"), ("1 s", "failed", "failed")],
    )
    def test_alarm_when_it_is_not(self, looked: Look, late: str, state: str, about: str) -> None:
        assert list(broken(looked(Effects(), EFFECT.format(late=late, state=state)))) == [about]


class TestCheckpoints:
    def test_hold_while_what_is_recorded_is_young(self, looked: Look) -> None:
        assert broken(looked(Checkpoints(), event(ago="50 s"), LEAF)) == {}

    def test_alarm_when_no_note_covers_what_is_old(self, looked: Look) -> None:
        assert list(broken(looked(Checkpoints(), event(ago="70 s"), LEAF))) == ["seconds unsigned"]


class TestKeys:
    def test_hold_while_each_is_about_somebody_and_none_is_missing(self, looked: Look) -> None:
        assert broken(looked(Keys(), KEYS.format(ago="2 days", count=FEW + 1), EVENTS_OF_KEYS)) == {}
        assert broken(looked(Keys(), KEYS.format(ago="2 hours", count=FEW + 1))) == {}, "those of commands under way"

    def test_alarm_when_many_are_about_nobody(self, looked: Look) -> None:
        found = looked(Keys(), KEYS.format(ago="2 days", count=FEW + 1))
        assert broken(found) == {"without subject": FEW + 1}

    @pytest.mark.parametrize("log", ["event_store.events", "access_log.entries"])
    def test_alarm_when_one_is_gone_that_something_lies_under(self, looked: Look, log: str) -> None:
        found = looked(Keys(), event(key=f"'{ONE}'", subject=f"'{OTHER}'", log=log))
        assert (broken(found), places(found)) == ({"unknown": 1}, [f"key/{ONE}"])


class TestParkedAndHalted:
    def test_hold_of_every_consumer_and_alarm_of_the_one_that_set_a_stream_aside(self, looked: Look) -> None:
        assert len(looked(Parked())) > 20
        assert (broken(looked(Parked())), broken(looked(Parked(), PARKED))) == ({}, {"directory": 1})

    def test_alarm_of_the_one_that_stopped(self, looked: Look) -> None:
        fault = "UPDATE consumers.bookmarks SET halted = 'position 7: KeyError' WHERE consumer = 'effects'"
        assert (broken(looked(Halted())), broken(looked(Halted(), fault))) == ({}, {"effects": 1})
