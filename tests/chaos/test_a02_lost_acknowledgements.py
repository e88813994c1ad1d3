"""Connections are cut right after COMMIT, and whoever asked is told what became of it all the same."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol
from uuid import UUID

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent
from uuid_utils.compat import uuid7

from scripts.benches.stock import Appointments, environment
from tests.api.house import Ground, House, open_house
from tests.chaos import figures
from tests.chaos.proxy import Proxy

CALLERS, PATIENCE = 8, 600.0
STARTS = datetime(2031, 3, 3, 10, tzinfo=UTC).isoformat()
#: Every so many a caller asks again for what is there already, which must be refused.
AGAIN = 4


class Writer(Protocol):
    """Something that records facts, each under an id of its own."""

    async def write(self, fact: UUID) -> bool:
        """Return what the caller is told: that it was recorded, or that it was refused."""
        ...

    def kept(self) -> list[UUID]:
        """Return what is in the store, as often as it is there."""
        ...


class Told(NamedTuple):
    """What callers were told: fact by fact, and whether it was the first asking."""

    fact: UUID
    first: bool
    done: bool


async def cut_after_commit(proxy: Proxy, writer: Writer, cuts: int) -> list[str]:
    """The attack: callers write while ``cuts`` acknowledgements are swallowed; return the lies they were told."""
    told: list[Told] = []
    already = proxy.lost

    async def call() -> None:
        while proxy.lost - already < cuts:
            fact = uuid7()
            told.append(Told(fact, True, await writer.write(fact)))
            if len(told) % AGAIN == 0:
                told.append(Told(fact, False, await writer.write(fact)))

    async def arm() -> None:
        while (done := proxy.lost - already) < cuts:
            if not proxy.still_to_lose:
                await asyncio.to_thread(proxy.lose, min(2, cuts - done))
            await asyncio.sleep(0.005)

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(arm(), *(call() for _ in range(CALLERS)))
    return lies(told, await asyncio.to_thread(writer.kept))


def lies(told: list[Told], kept: list[UUID]) -> list[str]:
    """Return where what callers were told is not what the store holds."""
    found = [f"{fact} is there {kept.count(fact)} times" for fact in set(kept) if kept.count(fact) > 1]
    there = set(kept)
    found += [
        f"{t.fact} is there, and its caller was refused" for t in told if t.first and not t.done and t.fact in there
    ]
    found += [f"{t.fact} is not there, and its caller was told it is" for t in told if t.done and t.fact not in there]
    return found + [f"{t.fact} was recorded a second time" for t in told if t.done and not t.first]


class OurHouse:
    """The whole application; a fact is a booking with a practitioner of that id, who has one such time to give."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._client = house.client("clinic_admin")

    async def write(self, fact: UUID) -> bool:
        body = {"patientId": str(fact), "doctorId": str(fact), "date": STARTS, "outright": True}
        answer = await self._client.post("/api/appointments", json=body)
        if answer.status_code == 409:
            assert answer.json()["error"]["code"] == "slot-taken"
            return False
        assert answer.status_code == 201, answer.text
        return True

    def kept(self) -> list[UUID]:
        query = """SELECT (data->>'practitioner_id')::uuid FROM event_store.events
            WHERE tenant_id = %s AND type = 'scheduling.appointment.booked'"""
        with psycopg.connect(self._house.database_url) as connection:
            return [row[0] for row in connection.execute(query, (self._house.tenant,)).fetchall()]


class StockRecorder:
    """The control: the library's own recorder, which tries again what it has lost sight of."""

    def __init__(self, app: Appointments) -> None:
        self._recorder = app.recorder

    async def write(self, fact: UUID) -> bool:
        try:
            await asyncio.to_thread(self._recorder.insert_events, [StoredEvent(fact, 1, "fact", b"{}")])
        except IntegrityError:
            return False
        return True

    def kept(self) -> list[UUID]:
        found = self._recorder.select_notifications(None, 100_000)
        return [UUID(str(notification.originator_id)) for notification in found]


@asynccontextmanager
async def our_house(ground: Ground, redis_url: str) -> AsyncIterator[tuple[Proxy, OurHouse]]:
    with Proxy(ground.database_url) as proxy:
        async with open_house(ground._replace(database_url=proxy.url), redis_url) as house:
            yield proxy, OurHouse(house)


@contextmanager
def stock_recorder(url: str) -> Iterator[tuple[Proxy, StockRecorder]]:
    with Proxy(url) as proxy:
        app = Appointments(env=environment(proxy.url) | {"POSTGRES_PRE_PING": "no"})
        try:
            yield proxy, StockRecorder(app)
        finally:
            app.close()


class TestLostAcknowledgements:
    """A2: the connection is cut right after the server has committed, before the caller's side hears of it (of every
    second one it hears all but the last word). Withstood when every caller is told what is true: recorded, and it is
    there once; refused, and it is not there by them. Control: the library's own recorder under the same cuts."""

    async def attack(self, ground: Ground, redis_url: str, cuts: int, *, long: bool = False) -> None:
        async with our_house(ground, redis_url) as (proxy, writer):
            found = await cut_after_commit(proxy, writer, cuts)
            kept = len(await asyncio.to_thread(writer.kept))
            lost = proxy.lost
        figures.record("A2", reached=not found, long=long, cuts=lost, recorded=kept, lies=len(found))
        assert found == []
        assert lost >= cuts

    async def test_leave_nobody_in_doubt(self, ground: Ground, redis_url: str) -> None:
        await self.attack(ground, redis_url, 20)

    @pytest.mark.long
    async def test_leave_nobody_in_doubt_five_hundred_times(self, ground: Ground, redis_url: str) -> None:
        await self.attack(ground, redis_url, 500, long=True)

    async def test_make_the_stock_recorder_lie(self, empty_database_url: str, tmp_path: Path) -> None:
        with stock_recorder(empty_database_url) as (proxy, writer):
            found = await cut_after_commit(proxy, writer, 8)
        assert any("its caller was refused" in lie for lie in found)
