"""Seats and rights, asked of the use cases over a real store: what is taken, kept, given back, and by whom."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from application.kernel.context import Caller, Context, Outcome
from application.kernel.dispatch import Command
from application.kernel.reach import NotPermitted
from application.kernel.session import Session
from application.scheduling.book_appointment import BookAppointment
from application.scheduling.cancel_appointment import CancelAppointment
from application.scheduling.confirm_appointment import ConfirmAppointment
from application.scheduling.expire_hold import ExpireHold
from application.scheduling.reschedule_appointment import RescheduleAppointment
from application.scheduling.set_working_hours import SetWorkingHours
from domain.kernel.errors import NotFound
from domain.kernel.unique import UniqueKey
from domain.scheduling.appointment import Appointment
from domain.scheduling.details import Overbooking
from domain.scheduling.events import AppointmentCancelled
from domain.scheduling.hours import Hours
from domain.scheduling.kinds import AppointmentType, OverbookingCode, Party
from domain.scheduling.refusals import HoldRanOut, OverbookingNeedsReason, SeatNotHeld, SlotTaken
from domain.scheduling.slots import SPARE_SEATS, cells_of, seat_key
from tests.api.house import Ground, House, open_house

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
URGENT = Overbooking(OverbookingCode.URGENT, "Fever")


class Desk:
    """Asks in one clinic; ``now`` may be any time."""

    def __init__(self, house: House) -> None:
        self.store = house.services.store
        self.dispatcher = house.services.dispatcher
        self.streams = house.services.streams
        self.tenant = house.tenant
        self.doctor = uuid7()

    async def ask(
        self, command: Command, role: str = "clinic_admin", actor: UUID | None = None, now: datetime | None = None
    ) -> Outcome:
        return await self.dispatcher.dispatch(command, self.context(role, actor, now))

    def context(self, role: str, actor: UUID | None = None, now: datetime | None = None) -> Context:
        caller = Caller(self.tenant, actor or uuid7(), frozenset({role}))
        return Context(caller, uuid7(), now or datetime.now(UTC), uuid7, uuid7())

    async def lose_a_seat(self, appointment_id: UUID, other_id: UUID) -> None:
        """What must never happen: a seat is released in a commit that has nothing to do with the appointment."""
        session = Session(self.context("system"), self.store, "appointments:change")
        appointment, other = [await session.load(Appointment, one) for one in (appointment_id, other_id)]
        other.confirm(session.context.now)
        session.release(appointment.id, appointment.keys[0])
        await session.commit(other)

    def booking(self, shift: int = 0, minutes: int = 30, overbooking: Overbooking | None = None) -> BookAppointment:
        return BookAppointment(
            patient_id=uuid7(), practitioner_id=self.doctor, type=AppointmentType.IN_PERSON,
            starts=TOMORROW + timedelta(minutes=shift), minutes=minutes, overbooking=overbooking,
        )  # fmt: skip

    async def holders(self, minutes: int = 120, seats: int = 3) -> dict[tuple[int, int], UUID]:
        """Who holds which seat, by minutes after ten and seat number."""
        cells = cells_of(TOMORROW, minutes)
        keys: dict[UniqueKey, tuple[int, int]] = {
            seat_key(self.doctor, cell, seat): ((cell - cells.start) * 5, seat)
            for cell in cells
            for seat in range(seats)
        }
        found = await self.store.holders(self.tenant, list(keys))
        return {keys[key]: holder for key, holder in found.items()}


@pytest.fixture
async def desk(ground: Ground, redis_url: str) -> AsyncIterator[Desk]:
    async with open_house(ground, redis_url) as house:
        yield Desk(house)


def span(begin: int, end: int, seat: int = 0) -> set[tuple[int, int]]:
    return {(minute, seat) for minute in range(begin, end, 5)}


@pytest.mark.requirement("R048")
class TestSeats:
    async def test_are_taken_in_every_cell_the_time_touches(self, desk: Desk) -> None:
        made = await desk.ask(desk.booking(shift=3, minutes=30))
        held = await desk.holders()
        assert set(held) == span(0, 35)
        assert set(held.values()) == {made.id}

    async def test_move_with_the_appointment_and_nothing_is_left_behind(self, desk: Desk) -> None:
        made = await desk.ask(desk.booking())
        later = TOMORROW + timedelta(minutes=10)
        await desk.ask(RescheduleAppointment(appointment_id=made.id, starts=later, minutes=45))
        assert set(await desk.holders()) == span(10, 55)

    async def test_move_to_another_practitioner_whole(self, desk: Desk) -> None:
        made = await desk.ask(desk.booking())
        await desk.ask(RescheduleAppointment(appointment_id=made.id, practitioner_id=uuid7()))
        assert await desk.holders() == {}

    async def test_stay_where_they_are_when_the_new_time_is_taken(self, desk: Desk) -> None:
        made = await desk.ask(desk.booking())
        other = await desk.ask(desk.booking(shift=30))
        before = await desk.holders()
        with pytest.raises(SlotTaken):
            await desk.ask(RescheduleAppointment(appointment_id=made.id, starts=TOMORROW + timedelta(minutes=5)))
        assert await desk.holders() == before
        assert set(before.values()) == {made.id, other.id}

    async def test_are_given_back_by_cancelling_and_by_a_hold_that_runs_out(self, desk: Desk) -> None:
        first, second = await desk.ask(desk.booking()), await desk.ask(desk.booking(shift=30))
        await desk.ask(CancelAppointment(appointment_id=first.id))
        assert set(await desk.holders()) == span(30, 60)
        held = await desk.store.load(Appointment, desk.tenant, second.id)
        assert held.hold_expires_at is not None
        await desk.ask(ExpireHold(appointment_id=second.id, hold_expires_at=held.hold_expires_at), "system")
        assert await desk.holders() == {}

    async def test_within_the_capacity_are_the_lowest_free_ones_cell_by_cell(self, desk: Desk) -> None:
        week = tuple(Hours(day, "00:00", "24:00") for day in range(7))
        await desk.ask(SetWorkingHours(practitioner_id=desk.doctor, zone="UTC", hours=week, capacity=2))
        await desk.ask(desk.booking(minutes=15))
        await desk.ask(desk.booking(shift=10, minutes=30))
        assert set(await desk.holders()) == span(0, 15) | span(10, 15, seat=1) | span(15, 40)
        with pytest.raises(SlotTaken):
            await desk.ask(desk.booking(shift=10, minutes=5))


class TestOverbooking:
    async def test_gives_the_next_seat_and_no_more_than_there_are_to_spare(self, desk: Desk) -> None:
        for _ in range(1 + SPARE_SEATS):
            await desk.ask(desk.booking(overbooking=URGENT))
        assert set(await desk.holders(seats=50)) == {cell for seat in range(11) for cell in span(0, 30, seat)}
        with pytest.raises(SlotTaken):
            await desk.ask(desk.booking(overbooking=URGENT))

    @pytest.mark.parametrize("role", ["patient", "nurse"])
    async def test_is_not_for_everyone(self, desk: Desk, role: str) -> None:
        wish = desk.booking(overbooking=URGENT)
        with pytest.raises(NotPermitted):
            await desk.ask(wish, role, actor=wish.patient_id)

    async def test_is_given_up_when_the_appointment_moves_to_a_free_time(self, desk: Desk) -> None:
        await desk.ask(desk.booking())
        made = await desk.ask(desk.booking(overbooking=URGENT))
        moved = await desk.ask(RescheduleAppointment(appointment_id=made.id, starts=TOMORROW + timedelta(minutes=60)))
        assert moved.answer["overbooked"] is False
        assert set(await desk.holders()) == span(0, 30) | span(60, 90)

    async def test_is_not_carried_along_silently(self, desk: Desk) -> None:
        await desk.ask(desk.booking())
        made = await desk.ask(desk.booking(overbooking=URGENT))
        with pytest.raises((SlotTaken, OverbookingNeedsReason)):
            await desk.ask(RescheduleAppointment(appointment_id=made.id, starts=TOMORROW + timedelta(minutes=5)))
        carried = RescheduleAppointment(
            appointment_id=made.id, starts=TOMORROW + timedelta(minutes=5), overbooking=URGENT
        )
        assert (await desk.ask(carried)).answer["overbooked"] is True


class TestNextFreeTimes:
    async def test_are_those_the_store_knows_not_the_read_model(self, desk: Desk) -> None:
        await desk.ask(desk.booking(minutes=60))
        await desk.ask(desk.booking(shift=75, minutes=15))
        with pytest.raises(SlotTaken) as caught:
            await desk.ask(desk.booking(shift=30, minutes=15))
        offered = [datetime.fromisoformat(offer["date"]) for offer in caught.value.details["next_free"]]  # type: ignore[attr-defined]
        assert offered == [TOMORROW + timedelta(minutes=m) for m in (60, 90, 105, 120, 135)]

    async def test_keep_to_the_notice_of_those_who_book_for_themselves(self, desk: Desk) -> None:
        week = tuple(Hours(day, "00:00", "24:00") for day in range(7))
        far = 3 * 24 * 60
        await desk.ask(
            SetWorkingHours(practitioner_id=desk.doctor, zone="UTC", hours=week, notice_minutes=far, window_days=5)
        )
        wish = desk.booking(shift=far)
        await desk.ask(desk.booking(shift=far))
        with pytest.raises(SlotTaken) as caught:
            await desk.ask(wish, "patient", actor=wish.patient_id)
        offers = caught.value.details["next_free"]
        now = datetime.now(UTC)
        instants = [datetime.fromisoformat(offer["date"]) for offer in offers]  # type: ignore[attr-defined]
        assert instants
        assert all(now + timedelta(minutes=far) <= one <= now + timedelta(days=5) for one in instants)


class TestConfirming:
    async def test_is_refused_where_the_store_says_a_seat_is_not_its_own(self, desk: Desk) -> None:
        made, other = await desk.ask(desk.booking()), await desk.ask(desk.booking(shift=60))
        await desk.lose_a_seat(made.id, other.id)
        with pytest.raises(SeatNotHeld):
            await desk.ask(ConfirmAppointment(appointment_id=made.id))

    async def test_comes_too_late_once_the_hold_is_over(self, desk: Desk) -> None:
        made = await desk.ask(desk.booking())
        with pytest.raises(HoldRanOut):
            await desk.ask(ConfirmAppointment(appointment_id=made.id), now=datetime.now(UTC) + timedelta(minutes=31))


class TestWhoCancels:
    @pytest.mark.parametrize("side", list(Party))
    async def test_is_written_down(self, desk: Desk, side: Party) -> None:
        wish = desk.booking()
        made = await desk.ask(wish)
        role, actor = {
            Party.PATIENT: ("patient", wish.patient_id), Party.PRACTITIONER: ("doctor", desk.doctor),
            Party.STAFF: ("receptionist", uuid7()), Party.SYSTEM: ("system", uuid7()),
        }[side]  # fmt: skip
        await desk.ask(CancelAppointment(appointment_id=made.id), role, actor=actor)
        _, last = await desk.streams.read(desk.tenant, made.id, opened=False)
        assert isinstance(last.event, AppointmentCancelled)
        assert last.event.by is side

    async def test_is_nobody_elses_patient(self, desk: Desk) -> None:
        made = await desk.ask(desk.booking())
        with pytest.raises(NotFound):
            await desk.ask(CancelAppointment(appointment_id=made.id), "patient", actor=uuid7())
