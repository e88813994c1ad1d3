"""Many want one slot, and exactly as many as there are seats get it, however they go about it."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from adapters.postgres.event_store import PostgresEventStore
from application.ports.event_store import Commit, KeyTaken
from domain.kernel.unique import UniqueKey
from tests.chaos import figures
from tests.chaos.racing import CLIENTS, Crowd, Wish, two_apis, weak_house, won
from tests.chaos.rig import Rig

TEN = datetime(2031, 3, 3, 10, tzinfo=UTC)
HALF = timedelta(minutes=30)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOVERS = 16
_BOOK = """SELECT stream_id, split_part(type, '.', 3), data::text::jsonb FROM event_store.events
    WHERE type LIKE 'scheduling.appointment.%%' AND stream_id IN (
        SELECT stream_id FROM event_store.events WHERE data->>'practitioner_id' = %s)
    ORDER BY stream_id, version"""


class Round(NamedTuple):
    """Who wants what of a practitioner with so many seats. ``places``: how many of them there are to be had."""

    name: str
    capacity: int
    shifts: tuple[int, ...]
    places: int
    movers: int = 0


ROUNDS = (
    Round("same", 1, (0,), 1),
    Round("overlapping", 1, (0, 5, 10, 15, 20, 25), 1),
    Round("adjacent", 1, (0, 30), 2),
    Round("same, three seats", 3, (0,), 3),
    Round("mixed", 1, (0,), 1, MOVERS),
    Round("mixed, two seats", 2, (0,), 2, MOVERS),
)


def booking(practitioner: UUID, starts: datetime) -> Wish:
    body = {"patientId": str(uuid7()), "doctorId": str(practitioner), "date": starts.isoformat()}
    return lambda asker: asker.post("/api/appointments", body)


def moving(appointment: str) -> Wish:
    return lambda asker: asker.ask("PUT", f"/api/appointments/{appointment}", {}, {"date": TEN.isoformat()})


def confirming(appointment: str) -> Wish:
    return lambda asker: asker.post(f"/api/appointments/{appointment}/confirm")


async def race(crowd: Crowd, wanted: Round) -> list[str]:
    """The attack: everyone wants a place at the same moment, by booking or by moving there; return what was wrong."""
    practitioner = uuid7()
    if wanted.capacity > 1:
        week = [{"weekday": day, "opens": "00:00", "closes": "24:00"} for day in DAYS]
        body = {"zone": "UTC", "hours": week, "capacity": wanted.capacity}
        path = f"/api/practitioners/{practitioner}/working-hours"
        await crowd.each([lambda asker: asker.ask("PUT", path, {}, body)])
    elsewhere = [booking(practitioner, TEN + timedelta(days=1) + HALF * n) for n in range(wanted.movers)]
    held = [str(answer.data["id"]) for answer in await crowd.each(elsewhere)]
    others = CLIENTS - 2 * len(held)
    bookings = [booking(practitioner, TEN + timedelta(minutes=m)) for m in islice(cycle(wanted.shifts), others)]
    answers = await crowd.at_once([*bookings, *map(moving, held), *map(confirming, held)], "slot-taken")
    got = won(answers[: CLIENTS - len(held)])
    found = [f"{wanted.name}: {got} got one of {wanted.places} places"] if got != wanted.places else []
    if won(answers[CLIENTS - len(held) :]) != len(held):
        found.append(f"{wanted.name}: somebody could not confirm")
    return found + overlaps(crowd.rig, practitioner, wanted)


def overlaps(rig: Rig, practitioner: UUID, wanted: Round) -> list[str]:
    """Fold what is stored, and count at every minute who is there then: never more than there are seats."""
    taken: dict[UUID, tuple[datetime, datetime]] = {}
    for stream, what, fact in rig.look(_BOOK, str(practitioner)):
        if what in ("held", "booked", "rescheduled"):
            starts = datetime.fromisoformat(fact["starts"]["local"]).replace(tzinfo=UTC)
            taken[stream] = (starts, starts + timedelta(minutes=fact["minutes"]))
        elif what in ("cancelled", "hold_expired"):
            del taken[stream]
    most = max(sum(begins <= at < ends for begins, ends in taken.values()) for at, _ in taken.values())
    return [f"{wanted.name}: {most} sit on {wanted.capacity} seats"] if most > wanted.capacity else []


async def rounds(crowd: Crowd, count: int) -> list[str]:
    found: list[str] = []
    for wanted in islice(cycle(ROUNDS), count):
        found += await race(crowd, wanted)
    crowd.close()
    return found + crowd.found()


class LooksFirst(PostgresEventStore):
    """The weakness: it looks whether a key is free and takes it then, without anything unique in the database."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._held: dict[UniqueKey, UUID] = {}

    async def append(self, commit: Commit) -> int:
        if any(self._held.get(key, stream) != stream for key, stream in commit.take):
            raise KeyTaken("Another one holds this already.")
        position = await super().append(commit._replace(take=(), release=()))
        self._held |= dict(commit.take)
        for key, _ in commit.release:
            self._held.pop(key, None)
        return position

    async def holders(self, tenant_id: UUID, keys: Sequence[UniqueKey]) -> dict[UniqueKey, UUID]:
        return {key: self._held[key] for key in keys if key in self._held}


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with two_apis() as made:
        yield made


class TestOneSlot:
    """A4: 64 clients want one slot of two API processes: the same time, overlapping and adjacent ones, one seat or
    several, by booking, by moving there, while what is moved is confirmed. Withstood when exactly as many get it as
    there are seats, everyone else is told it is taken, and nothing is 5xx or deadlocked. Control: a store that looks
    whether a slot is free and takes it then."""

    def attack(self, rig: Rig, count: int, *, long: bool = False) -> None:
        found = asyncio.run(rounds(Crowd(rig), count))
        figures.record("A4", reached=not found, long=long, rounds=count, clients=CLIENTS, found=len(found))
        assert found == []

    @pytest.mark.requirement("R048")
    def test_is_got_by_as_many_as_there_are_seats(self, rig: Rig) -> None:
        self.attack(rig, len(ROUNDS))

    @pytest.mark.long
    def test_is_got_by_as_many_as_there_are_seats_two_hundred_times(self, rig: Rig) -> None:
        self.attack(rig, 200, long=True)

    def test_is_got_by_more_where_a_store_looks_first(self, rig: Rig) -> None:
        async def attack() -> list[str]:
            async with weak_house(rig, LooksFirst) as url:
                return await rounds(Crowd(rig, url), 2)

        assert any("sit on 1 seats" in finding for finding in asyncio.run(attack()))
