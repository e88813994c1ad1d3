"""Clocks that skip an hour, or see it twice, or are set back: times people live by hold, and jobs are done once."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.bootstrap import open_runner
from adapters.jobs.clock import Clock
from adapters.jobs.effects import Sent
from adapters.logins import Role, url_for
from application.billing.cancel_subscription import CancelSubscription
from application.billing.create_plan import CreatePlan
from application.billing.start_subscription import StartSubscription
from application.kernel.context import Caller, Context, Outcome
from application.kernel.dispatch import Command
from application.scheduling.book_appointment import BookAppointment
from domain.billing.periods import Interval
from domain.billing.terms import Terms
from domain.kernel.money import Money
from domain.scheduling.kinds import AppointmentType
from tests.api.house import Ground, House, open_house
from tests.chaos import figures
from tests.chaos.civil import DAY, HALF, HOUR, YEAR, ZONES, Change, OverHttp, WinterTime, changes, live_through

LEADS = ("24h", "2h", "30m")
_JOBS = """SELECT data->>'period_start' FROM event_store.events
    WHERE type = 'billing.subscription.period_renewed' AND stream_id = %s"""
_REMINDED = (
    "SELECT data->>'lead' FROM event_store.events WHERE type = 'scheduling.appointment.reminded' AND stream_id = %s"
)


class Worker(Protocol):
    """Whoever does a daily job where a change of clocks is lived through."""

    async def begin(self, change: Change, now: datetime) -> None: ...

    async def tick(self, now: datetime) -> None: ...

    def done(self) -> list[date]:
        """Return the dates the job was done for, as often as it was done."""
        ...

    async def end(self) -> list[str]:
        """Return what else was not as it should be."""
        ...


def ticks(change: Change, step: timedelta) -> Iterator[datetime]:
    """Yield what the clock says around a change. It is set back an hour just after each midnight there and just after
    the change."""
    there, day = ZoneInfo(change.zone), change.before.date()
    midnights = [datetime.combine(day + n * DAY, datetime.min.time(), there).astimezone(UTC) for n in (0, 1)]
    shocks = sorted({change.at, *midnights})
    now, end = shocks[0] - 2 * HOUR, shocks[-1] + 5 * HOUR
    while now < end:
        yield now
        if shocks and now >= shocks[0]:
            shocks.pop(0)
            now -= HOUR
        else:
            now += step


async def go_through(worker: Worker, change: Change, step: timedelta) -> list[str]:
    """The attack: after every tick the job has been done once for each date that has begun there, and for no other."""
    there, found = ZoneInfo(change.zone), list[str]()
    first, last = date.max, date.min
    for now in ticks(change, step):
        today = now.astimezone(there).date()
        if last == date.min:
            first = today
            await worker.begin(change, now)
        last = max(last, today)
        await worker.tick(now)
        begun = [first + n * DAY for n in range(1, (last - first).days + 1)]
        if sorted(worker.done()) != begun:
            found.append(f"{change.zone}, {now.astimezone(there):%d %B %H:%M}: {len(worker.done())} of {len(begun)}")
    return found + await worker.end()


class Ours(Worker):
    """The house's clock, effects and processes: a subscription renewed each day, and a visit with its reminders."""

    def __init__(self, house: House, within: ExitStack) -> None:
        settings = house.services.settings
        url = url_for(settings, Role.PROJECTOR)
        self._house = house
        self._due: list[Sent] = []
        self._now = datetime.now(UTC)
        self._runner = within.enter_context(open_runner(url, ["effects"]))
        self._clock = Clock(within.enter_context(psycopg.connect(url, autocommit=True)), self._due.append)
        self._admin = within.enter_context(psycopg.connect(house.database_url, autocommit=True))
        self._performer = house.services.performer(lambda: self._now)
        self._caller = Caller(house.tenant, uuid7(), frozenset({"clinic_admin"}))

    async def ask(self, command: Command) -> Outcome:
        context = Context(self._caller, uuid7(), self._now, uuid7, uuid7())
        return await self._house.services.dispatcher.dispatch(command, context)

    async def begin(self, change: Change, now: datetime) -> None:
        self._now = now
        terms = Terms(amount=Money(100, "EUR"), interval=Interval.DAILY, unlimited=True)
        plan = await self.ask(CreatePlan(name="Daily", terms=terms))
        made = await self.ask(StartSubscription(person_id=uuid7(), plan_id=plan.id, zone=change.zone))
        hours = (change.at - now) // HOUR + 3  # half an hour after one of the ticks, so that none is the first too late
        starts = (now + hours * HOUR + HALF).astimezone(ZoneInfo(change.zone))
        booking = BookAppointment(
            patient_id=uuid7(), practitioner_id=uuid7(), type=AppointmentType.IN_PERSON, starts=starts, outright=True
        )
        visit = await self.ask(booking)
        self._subscription, self._visit = made.id, visit.id

    async def tick(self, now: datetime) -> None:
        self._now = now
        while True:
            self._runner.drain()
            self._clock.tick(now)
            if not self._due:
                return
            for sent in self._due:
                await self._performer.perform(sent.key)
            self._due.clear()

    def done(self) -> list[date]:
        return [date.fromisoformat(row) for row in self._rows(_JOBS, self._subscription)]

    async def end(self) -> list[str]:
        await self.ask(CancelSubscription(subscription_id=self._subscription))
        reminded = Counter(self._rows(_REMINDED, self._visit))
        return [] if reminded == Counter(LEADS) else [f"the visit was recalled {dict(reminded)}"]

    def _rows(self, query: str, stream: UUID) -> list[str]:
        return [row[0] for row in self._admin.execute(query.encode(), (stream,)).fetchall()]


class ByTheWall(Worker):
    """The weakness: the job is done when the wall says midnight, and nobody writes down for which date."""

    def __init__(self) -> None:
        self._done: list[date] = []

    async def begin(self, change: Change, now: datetime) -> None:
        self._there = ZoneInfo(change.zone)
        self._done.clear()

    async def tick(self, now: datetime) -> None:
        local = now.astimezone(self._there)
        if local.hour == 0:
            self._done.append(local.date())

    def done(self) -> list[date]:
        return self._done

    async def end(self) -> list[str]:
        return []


async def year_of_jobs(worker: Worker, zones: Sequence[str], years: Sequence[int], step: timedelta) -> list[str]:
    found: list[str] = []
    for change in sorted((c for zone in zones for year in years for c in changes(zone, year)), key=lambda c: c.at):
        found += await go_through(worker, change, step)
    return found


@pytest.fixture
async def house(ground: Ground, redis_url: str) -> AsyncIterator[House]:
    async with open_house(ground, redis_url) as made:
        yield made


class TestTime:
    """A13: bookings in and around every hour that is skipped or seen twice, in six zones, and on leap day; daily jobs
    and reminders while the clock is set back by an hour at each midnight and at each change. Withstood when a time on
    the wall stays that time, half-hours are offered as they are, and each job is done once for each date, when it has
    begun. Controls: a book that takes a zone for an offset; a worker that goes by the wall."""

    async def attack(
        self, house: House, years: Sequence[int], step: timedelta, working: Sequence[str] = ZONES, *, long: bool = False
    ) -> None:
        found: list[str] = []
        for year in years:
            book = await OverHttp(house, house.client("clinic_admin")).open(ZONES)
            found += await live_through(book, ZONES, year)
        with ExitStack() as within:
            found += await year_of_jobs(Ours(house, within), working, years, step)
        lived = sum(len(changes(zone, year)) for zone in ZONES for year in years)
        figures.record("A13", reached=not found, long=long, zones=len(ZONES), changes=lived, found=len(found))
        assert found == []

    async def test_on_the_wall_holds_and_jobs_are_done_once(self, house: House) -> None:
        await self.attack(house, [YEAR], HOUR, ZONES[::2])

    @pytest.mark.long
    async def test_on_the_wall_holds_and_jobs_are_done_once_for_five_years(self, house: House) -> None:
        await self.attack(house, range(YEAR, YEAR + 5), timedelta(minutes=10), long=True)

    async def test_on_the_wall_does_not_hold_where_a_zone_is_an_offset(self) -> None:
        found = await live_through(WinterTime(), ZONES, YEAR)
        assert {finding.partition(",")[0] for finding in found} == set(ZONES)

    async def test_jobs_are_done_twice_where_they_go_by_the_wall(self) -> None:
        assert await year_of_jobs(ByTheWall(), ZONES, [YEAR], HOUR)
