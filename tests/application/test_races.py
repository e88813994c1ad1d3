"""What many want at once only as many get as there is, whoever is faster: slots, seats, quota."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from adapters.postgres.event_store import PostgresEventStore
from application.billing.create_plan import CreatePlan
from application.billing.start_subscription import StartSubscription
from application.booking.book_on_subscription import BookOnSubscription
from application.booking.take_off_subscription import TakeOffSubscription
from application.kernel.context import Caller, Context, Outcome
from application.kernel.dispatch import Command, Dispatcher
from application.scheduling.book_appointment import BookAppointment
from application.scheduling.confirm_appointment import ConfirmAppointment
from application.scheduling.reschedule_appointment import RescheduleAppointment
from application.scheduling.set_working_hours import SetWorkingHours
from domain.billing.periods import Interval
from domain.billing.subscription import Subscription
from domain.billing.terms import Terms
from domain.kernel.errors import Refused
from domain.kernel.money import Money
from domain.kernel.unique import UniqueKey
from domain.scheduling.appointment import Appointment
from domain.scheduling.hours import Hours
from domain.scheduling.kinds import AppointmentStatus, AppointmentType
from tests.api.house import Ground, House, open_house

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)


class Desk:
    """Asks for things in one clinic, as its administrator."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.caller = Caller(house.tenant, uuid7(), frozenset({"clinic_admin"}))

    async def ask(self, command: Command) -> Outcome:
        return await self.house.services.dispatcher.dispatch(command, self.context())

    def context(self) -> Context:
        return Context(self.caller, uuid7(), datetime.now(UTC), uuid7, uuid7())

    async def ask_all(self, commands: Sequence[Command]) -> Counter[str]:
        """Ask all at once; count outcomes by ``done`` or the refusal's code. Anything else that is raised fails."""
        answers = await asyncio.gather(*map(self.ask, commands), return_exceptions=True)
        unexpected = [a for a in answers if isinstance(a, BaseException) and not isinstance(a, Refused)]
        assert unexpected == []
        return Counter(a.code if isinstance(a, Refused) else "done" for a in answers)

    def booking(self, practitioner: UUID, shift: int = 0, minutes: int = 30, patient: UUID | None = None) -> Command:
        return BookAppointment(
            patient_id=patient or uuid7(),
            practitioner_id=practitioner,
            type=AppointmentType.IN_PERSON,
            starts=TOMORROW + timedelta(minutes=shift),
            minutes=minutes,
        )


@pytest.fixture
async def desk(ground: Ground, redis_url: str) -> AsyncIterator[Desk]:
    async with open_house(ground, redis_url) as house:
        yield Desk(house)


class TestManyForOneSlot:
    @pytest.mark.requirement("R048")
    async def test_one_gets_it(self, desk: Desk) -> None:
        for _ in range(5):
            practitioner = uuid7()
            assert await desk.ask_all([desk.booking(practitioner) for _ in range(64)]) == {"done": 1, "slot-taken": 63}

    async def test_no_two_of_those_that_overlap_get_it(self, desk: Desk) -> None:
        for _ in range(5):
            practitioner = uuid7()
            outcome = await desk.ask_all(
                [desk.booking(practitioner, shift) for shift in range(0, 30, 5) for _ in range(8)]
            )
            assert outcome["done"] == 1
            adjacent = await desk.ask_all([desk.booking(practitioner, 60) for _ in range(8)])
            assert adjacent["done"] == 1

    async def test_as_many_as_the_capacity_get_it(self, desk: Desk) -> None:
        for capacity in (2, 3):
            practitioner = uuid7()
            whole_week = tuple(Hours(day, "00:00", "24:00") for day in range(7))
            await desk.ask(
                SetWorkingHours(practitioner_id=practitioner, zone="UTC", hours=whole_week, capacity=capacity)
            )
            outcome = await desk.ask_all([desk.booking(practitioner) for _ in range(24)])
            assert outcome == {"done": capacity, "slot-taken": 24 - capacity}

    async def test_booking_confirming_and_moving_at_once_leaves_one_there(self, desk: Desk) -> None:
        practitioner = uuid7()
        elsewhere = [await desk.ask(desk.booking(practitioner, 60 * n)) for n in range(1, 7)]
        moves = [
            RescheduleAppointment(appointment_id=e.id, starts=TOMORROW, minutes=30, practitioner_id=practitioner)
            for e in elsewhere
        ]
        confirmations = [ConfirmAppointment(appointment_id=e.id) for e in elsewhere]
        bookings = [desk.booking(practitioner) for _ in range(10)]
        await desk.ask_all([*moves, *confirmations, *bookings])
        appointments = [await desk.house.services.store.load(Appointment, desk.house.tenant, e.id) for e in elsewhere]
        seats = [key for a in appointments for key in a.keys]
        assert len(seats) == len(set(seats))
        held = await desk.house.services.store.holders(desk.house.tenant, seats)
        assert all(held[key] == a.id for a in appointments for key in a.keys)


class Overtaken(PostgresEventStore):
    """A store in which something happens once between a look at a stream and the look at the keys it holds."""

    meanwhile: Callable[[], Awaitable[Outcome]] | None = None

    async def holders(self, tenant_id: UUID, keys: Sequence[UniqueKey]) -> dict[UniqueKey, UUID]:
        if self.meanwhile is not None:
            first, self.meanwhile = self.meanwhile, None
            await first()
        return await super().holders(tenant_id, keys)


class TestOneAppointment:
    async def test_that_is_moved_while_it_is_confirmed_is_both(self, desk: Desk) -> None:
        practitioner, services = uuid7(), desk.house.services
        made = await desk.ask(desk.booking(practitioner))
        move = RescheduleAppointment(appointment_id=made.id, starts=TOMORROW + timedelta(hours=2))
        store = Overtaken(services.lanes, services.key_pool, services.batcher, services.codec, services.keys)
        store.meanwhile = partial(desk.ask, move)
        await Dispatcher(store, services.assignments).dispatch(
            ConfirmAppointment(appointment_id=made.id), desk.context()
        )
        left = await services.store.load(Appointment, desk.house.tenant, made.id)
        assert (left.status, left.starts.instant) == (AppointmentStatus.CONFIRMED, TOMORROW + timedelta(hours=2))

    async def test_that_many_move_to_one_time_at_once_is_there_for_all_of_them(self, desk: Desk) -> None:
        for _ in range(3):
            made = await desk.ask(desk.booking(uuid7()))
            move = RescheduleAppointment(appointment_id=made.id, starts=TOMORROW + timedelta(hours=2))
            assert await desk.ask_all([move] * 8) == {"done": 8}
            left = await desk.house.services.store.load(Appointment, desk.house.tenant, made.id)
            assert left.moves == 1


class TestManyForOneQuota:
    @pytest.mark.requirement("R142")
    async def test_as_many_as_are_included_get_a_place(self, desk: Desk) -> None:
        subscription, appointments = await subscribed(desk, included=10, appointments=50)
        commands = [BookOnSubscription(subscription_id=subscription, appointment_id=a) for a in appointments]
        assert await desk.ask_all(commands) == {"done": 10, "quota-exhausted": 40}
        assert await quota(desk, subscription) == (10, 0)

    async def test_cancelling_and_booking_at_once_keeps_the_sum(self, desk: Desk) -> None:
        subscription, appointments = await subscribed(desk, included=5, appointments=15)
        book = [BookOnSubscription(subscription_id=subscription, appointment_id=a) for a in appointments]
        await desk.ask_all(book[:5])
        off = [TakeOffSubscription(appointment_id=a) for a in appointments[:5]]
        await desk.ask_all([*off, *off, *book[5:]])
        used, remaining = await quota(desk, subscription)
        assert remaining is not None
        assert used + remaining == 5
        loaded = [await desk.house.services.store.load(Appointment, desk.house.tenant, a) for a in appointments]
        assert sum(a.subscription_id == subscription for a in loaded) == used


async def subscribed(desk: Desk, included: int, appointments: int) -> tuple[UUID, list[UUID]]:
    patient, practitioner = uuid7(), uuid7()
    terms = Terms(amount=Money(7900, "INR"), interval=Interval.MONTHLY, included=included)
    plan = await desk.ask(CreatePlan(name="Basic Health Plan", terms=terms))
    subscription = await desk.ask(StartSubscription(person_id=patient, plan_id=plan.id))
    booked = [await desk.ask(desk.booking(practitioner, 30 * n, patient=patient)) for n in range(appointments)]
    return subscription.id, [b.id for b in booked]


async def quota(desk: Desk, subscription: UUID) -> tuple[int, int | None]:
    loaded = await desk.house.services.store.load(Subscription, desk.house.tenant, subscription)
    return loaded.quota.used, loaded.quota.remaining
