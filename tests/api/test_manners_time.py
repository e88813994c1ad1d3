"""A request that takes too long is given up, and nobody is left in doubt: what was given up has not happened, what has
happened is answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import psycopg
import pytest

from adapters.postgres.tenancy import within
from adapters.settings import Settings
from api.app import create_app
from api.deadline import Deadline
from tests.adapters.sample import TENANT, Counted, Thing, commit, opened
from tests.api.house import Ground, House, open_house

PLANS = "/api/billing/plans"
PLAN = {"name": "Basic", "amountCents": 7900, "currency": "INR", "interval": "MONTHLY"}
SECONDS = 0.4


@pytest.fixture(scope="module")
def hurried(ground: Ground) -> Ground:
    given = Settings(state=ground.state, database_url=ground.database_url, request_seconds=SECONDS)
    return ground._replace(app=create_app(given))


@pytest.fixture
async def house(hurried: Ground, redis_url: str) -> AsyncIterator[House]:
    async with open_house(hurried, redis_url) as made:
        yield made


@asynccontextmanager
async def held(url: str, table: str) -> AsyncIterator[None]:
    """Keep everybody off a table for the length of a block."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        yield


def given_up(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "took-too-long"), answer.text
    assert int(answer.headers["retry-after"]) > 0


class TestReading:
    async def test_is_given_up_and_works_again_as_soon_as_it_can(self, house: House) -> None:
        admin = house.client("clinic_admin")
        made = (await admin.post(PLANS, json=PLAN)).json()["data"]["id"]
        async with held(house.database_url, "event_store.events"):
            given_up(await admin.get(f"/api/streams/{made}/events"))
        answers = await asyncio.gather(*(admin.get(PLANS) for _ in range(10)))
        assert {answer.status_code for answer in answers} == {200}


class TestQuestion:
    @pytest.mark.requirement("R258")
    async def test_ends_after_fifteen_seconds_and_a_request_after_thirty(self, house: House) -> None:
        asked = "SELECT current_setting('statement_timeout')"
        async with within(house.services.pool, house.tenant) as connection:
            assert await (await connection.execute(asked)).fetchone() == ("15s",)
        assert Settings.model_fields["request_seconds"].default == 30


class TestCommand:
    async def test_whose_events_are_on_their_way_is_answered_by_what_became_of_them(self, house: House) -> None:
        admin = house.client("clinic_admin")
        await admin.post(PLANS, json=PLAN)  # keys are made
        async with held(house.database_url, "event_store.events"):
            asked = asyncio.create_task(admin.post(PLANS, json=PLAN))
            await asyncio.sleep(SECONDS * 2)
            assert not asked.done(), "nobody can know yet"
        answer = await asked
        assert answer.status_code == 201
        with psycopg.connect(house.database_url) as connection:
            query = b"SELECT count(*) FROM event_store.events WHERE stream_id = %s"
            assert connection.execute(query, (answer.json()["data"]["id"],)).fetchone() == (1,)

    async def test_that_has_not_appended_is_given_up_and_has_not_happened(self, house: House) -> None:
        admin = house.client("clinic_admin")
        made = (await admin.post(PLANS, json=PLAN)).json()["data"]["id"]
        async with held(house.database_url, "event_store.events"):
            given_up(await admin.put(f"{PLANS}/{made}", json=PLAN | {"name": "Other"}))  # it waits for its stream
        await asyncio.sleep(0.2)
        with psycopg.connect(house.database_url) as connection:
            query = b"SELECT max(version) FROM event_store.events WHERE stream_id = %s"
            assert connection.execute(query, (made,)).fetchone() == (1,)

    async def test_whose_body_comes_too_slowly_is_given_up(self, house: House) -> None:
        async def dripping() -> AsyncIterator[bytes]:
            for _ in range(100):
                await asyncio.sleep(SECONDS / 4)
                yield b" "

        headers = {"Content-Type": "application/json"}
        given_up(await house.client("clinic_admin").post(PLANS, content=dripping(), headers=headers))


class TestAppend:
    async def test_of_someone_who_is_cancelled_ends_before_they_do(self, database_url: str, tmp_path: Any) -> None:
        from uuid_utils.compat import uuid7

        stream = uuid7()
        async with opened(database_url, tmp_path) as its:
            await its.store.append(commit(stream, Counted(amount=1)))
            async with held(database_url, "event_store.events"):
                fine = asyncio.create_task(its.store.append(commit(stream, Counted(amount=2), version=1)))
                stale = asyncio.create_task(its.store.append(commit(stream, Counted(amount=4), version=0)))
                await asyncio.sleep(0.1)
                for task in (fine, stale):
                    task.cancel()
                await asyncio.sleep(0.1)
                assert not fine.done()
                assert not stale.done()
            assert await fine > 1, "it was written, so it is told"
            with pytest.raises(asyncio.CancelledError):
                await stale
            assert (await its.store.load(Thing, TENANT, stream)).total == 3


async def nothing() -> dict[str, Any]:
    return {}


async def unheard(message: Any) -> None: ...


class TestDeadline:
    async def test_is_for_the_beginning_of_an_answer_not_for_all_of_it(self) -> None:
        sent = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await asyncio.sleep(0.3)
            await send({"type": "http.response.body", "body": b"late"})

        async def send(message: Any) -> None:
            sent.append(message)

        await Deadline(app, seconds=0.1)({"type": "http"}, nothing, send)
        assert sent[-1]["body"] == b"late"

    async def test_is_not_taken_for_somebody_elses(self) -> None:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            raise TimeoutError("of something within")

        with pytest.raises(TimeoutError, match="within"):
            await Deadline(app, seconds=5)({"type": "http"}, nothing, unheard)
