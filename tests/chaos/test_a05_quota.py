"""Fifty want one of ten places on a subscription, and places are given back while others are taken."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from adapters.postgres.event_store import PostgresEventStore
from application.ports.event_store import Commit, VersionConflict
from tests.chaos import figures
from tests.chaos.invariants import Scene, findings
from tests.chaos.racing import Crowd, Wish, two_apis, weak_house, won
from tests.chaos.rig import Rig

TEN = datetime(2031, 3, 3, 10, tzinfo=UTC)
INCLUDED, WANTED, CANCELLED = 10, 50, 5
PLAN = {"name": "Plan", "amount": 79, "currency": "EUR", "interval": "MONTHLY", "appointmentsIncluded": INCLUDED}
_QUOTA = """SELECT split_part(type, '.', 3), data::text::jsonb FROM event_store.events
    WHERE stream_id = %s AND type LIKE 'billing.quota.%%' ORDER BY version"""
_COVERED = """SELECT stream_id, split_part(type, '.', 3) FROM event_store.events
    WHERE type LIKE 'scheduling.appointment.%%' AND stream_id = ANY(%s) ORDER BY stream_id, version"""
_VERSION = b"SELECT coalesce(max(version), 0) FROM event_store.events WHERE stream_id = %s AND tenant_id = %s"


class Round(NamedTuple):
    """A subscription and appointments of its subscriber."""

    subscription: str
    appointments: list[str]

    def booking(self, appointment: str) -> Wish:
        path = f"/api/billing/subscriptions/{self.subscription}/book-appointment/{appointment}"
        return lambda asker: asker.post(path)


def taking_off(appointment: str) -> Wish:
    return lambda asker: asker.post(f"/api/billing/appointments/{appointment}/cancel-subscription")


def cancelling(appointment: str) -> Wish:
    return lambda asker: asker.ask("DELETE", f"/api/appointments/{appointment}")


async def subscribed(crowd: Crowd) -> Round:
    patient, doctor = str(uuid7()), str(uuid7())
    (plan,) = await crowd.each([lambda asker: asker.post("/api/billing/plans", PLAN)])
    body = {"userId": patient, "planId": plan.data["id"]}
    (made,) = await crowd.each([lambda asker: asker.post("/api/billing/subscriptions", body)])

    def visit(number: int) -> Wish:
        starts = (TEN + timedelta(minutes=30 * number)).isoformat()
        wanted = {"patientId": patient, "doctorId": doctor, "date": starts, "outright": True}
        return lambda asker: asker.post("/api/appointments", wanted)

    booked = await crowd.each([visit(number) for number in range(WANTED)])
    return Round(made.data["id"], [answer.data["id"] for answer in booked])


async def rush(crowd: Crowd, its: Round) -> list[str]:
    """All book at once; return what was wrong."""
    got = won(await crowd.at_once([*map(its.booking, its.appointments)], "quota-exhausted"))
    return [f"{got} got one of {INCLUDED} places"] if got != INCLUDED else []


async def race(crowd: Crowd) -> list[str]:
    """The attack: all book at once; then places are given back, by both ways, while all others book again."""
    its = await subscribed(crowd)
    found = await rush(crowd, its)
    covered, found_then = counted(crowd.rig, its)
    off, cancelled = covered[:CANCELLED], covered[CANCELLED : 2 * CANCELLED]
    again = [appointment for appointment in its.appointments if appointment not in covered]
    wishes = [*map(taking_off, off), *map(taking_off, off), *map(cancelling, cancelled), *map(its.booking, again)]
    await crowd.at_once(wishes, "quota-exhausted", "appointment-not-on-subscription")
    await asyncio.to_thread(crowd.rig.rest)
    kept, found_last = counted(crowd.rig, its)
    late = [f"{appointment} is called off and still pays" for appointment in cancelled if appointment in kept]
    return found + found_then + found_last + late


def counted(rig: Rig, its: Round) -> tuple[list[str], list[str]]:
    """Count the places anew from what is stored; return who has one, and where a counter or an appointment differs."""
    taken: list[str] = []
    found: list[str] = []
    for what, fact in rig.look(_QUOTA, its.subscription):
        if what == "consumed":
            taken.append(fact["appointment_id"])
        elif fact["appointment_id"] in taken:
            taken.remove(fact["appointment_id"])
        else:
            found.append("a place was given back twice")
        if (fact["used"], fact["remaining"]) != (len(taken), INCLUDED - len(taken)) or len(taken) > INCLUDED:
            found.append(f"{fact['used']} used and {fact['remaining']} left, where {len(taken)} are taken")
    covered = dict.fromkeys(its.appointments, False)
    for stream, what in rig.look(_COVERED, list(map(UUID, its.appointments))):
        covered[str(stream)] = what == "covered" or (covered[str(stream)] and what != "uncovered")
    if sorted(taken) != sorted(appointment for appointment, is_covered in covered.items() if is_covered):
        found.append("other appointments are paid for than have a place")
    return taken, found


async def rounds(crowd: Crowd, count: int) -> list[str]:
    found: list[str] = []
    for _ in range(count):
        found += await race(crowd)
    crowd.close()
    return found + crowd.found()


class Overwrites(PostgresEventStore):
    """The weakness: who was overtaken is written behind the other all the same, as it was decided before."""

    async def append(self, commit: Commit) -> int:
        while True:
            try:
                return await super().append(commit)
            except VersionConflict:
                tenant_id = commit.context.tenant_id
                versions = [await self._query(tenant_id, _VERSION, (s.stream_id, tenant_id)) for s in commit.streams]
                streams = [s._replace(version=rows[0][0]) for s, rows in zip(commit.streams, versions, strict=True)]
                commit = commit._replace(streams=streams)


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with two_apis("projector-1", "worker", "clock") as made:
        yield made


class TestQuota:
    """A5: fifty bookings at once on a subscription of ten; then places are given back, by taking visits off it and by
    calling them off, while all others book. Withstood when exactly ten get a place, and used and remaining add up to
    ten after every event. Control: a store that writes behind whoever was faster."""

    def attack(self, rig: Rig, count: int, *, long: bool = False) -> None:
        found = asyncio.run(rounds(Crowd(rig), count)) + findings(Scene(rig.settings, rig.url), ("I7",))
        figures.record(
            "A5", reached=not found, long=long, rounds=count, bookings=WANTED, places=INCLUDED, found=len(found)
        )
        assert found == []

    @pytest.mark.requirement("R142")
    def test_gives_as_many_places_as_there_are(self, rig: Rig) -> None:
        self.attack(rig, 1)

    @pytest.mark.long
    def test_gives_as_many_places_as_there_are_a_hundred_times(self, rig: Rig) -> None:
        self.attack(rig, 100, long=True)

    def test_gives_more_where_who_was_overtaken_is_written_all_the_same(self, rig: Rig) -> None:
        async def attack() -> list[str]:
            async with weak_house(rig, Overwrites) as url:
                crowd = Crowd(rig, url)
                return await rush(crowd, await subscribed(crowd))

        assert any(f"got one of {INCLUDED} places" in finding for finding in asyncio.run(attack()))
