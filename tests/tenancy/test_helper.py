"""Whoever hands out connections names the tenant for one transaction: nothing of it is left for the next."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import DivisionByZero
from psycopg_pool import AsyncConnectionPool

from adapters.logins import Role, url_for
from adapters.postgres.lanes import Lanes
from adapters.postgres.tenancy import ACTOR, pool, rows, within
from adapters.settings import Settings
from tests.tenancy.rows import fill

ONE, OTHER = uuid4(), uuid4()
WHOSE = b"SELECT DISTINCT tenant_id FROM event_store.events"
SAID = b"SELECT current_setting('app.tenant', true), current_setting('app.actor', true)"


@pytest.fixture
def app_url(database_url: str) -> str:
    with psycopg.connect(database_url, autocommit=True) as admin:
        fill(admin, ["event_store.events"], [ONE, OTHER])
    return url_for(Settings(database_url=database_url), Role.APP)


@pytest.fixture
async def lane(app_url: str) -> AsyncIterator[Lanes]:
    """A single connection: what one question left behind, the next would meet."""
    made = Lanes(app_url, 1)
    yield made
    await made.close()


@pytest.fixture
async def single(app_url: str) -> AsyncIterator[AsyncConnectionPool[Any]]:
    """A pool of a single connection."""
    made = pool(app_url, 1, 1)
    await made.open(wait=True)
    yield made
    await made.close()


async def asked(lane: Lanes, tenant_id: UUID | None) -> list[UUID]:
    return [row[0] for row in (await lane.ask(WHOSE, (), tenant_id)).rows]


@pytest.mark.requirement("R016")
class TestAQuestion:
    async def test_finds_its_tenants_rows_and_without_a_tenant_none(self, lane: Lanes) -> None:
        assert [await asked(lane, tenant) for tenant in (ONE, OTHER, None, uuid4(), ONE)] == [
            [ONE], [OTHER], [], [], [ONE],
        ]  # fmt: skip

    async def test_among_many_under_way_on_one_connection_finds_its_own(self, lane: Lanes) -> None:
        tenants = [(ONE, OTHER, None)[n % 3] for n in range(300)]
        found = await asyncio.gather(*(asked(lane, tenant) for tenant in tenants))
        assert found == [[tenant] if tenant else [] for tenant in tenants]

    async def test_that_fails_leaves_no_tenant_to_the_next(self, lane: Lanes) -> None:
        for _ in range(3):
            failing, after = await asyncio.gather(
                lane.ask(b"SELECT 1 / %s::int FROM event_store.events", (0,), ONE), asked(lane, None),
                return_exceptions=True,
            )  # fmt: skip
            assert isinstance(failing, DivisionByZero)
            assert after == []

    async def test_that_cannot_be_prepared_leaves_no_tenant_to_the_next(self, lane: Lanes) -> None:
        wrong = asyncio.ensure_future(lane.ask(b"SELECT nothing_here", (), ONE))
        assert await asked(lane, None) == []
        with pytest.raises(psycopg.errors.UndefinedColumn):
            await wrong

    async def test_that_nobody_waits_for_leaves_no_tenant_to_the_next(self, lane: Lanes) -> None:
        left = asyncio.ensure_future(lane.ask(b"SELECT pg_sleep(0.05)", (), ONE))
        await asyncio.sleep(0.02)
        left.cancel()
        assert await asked(lane, None) == []

    async def test_tells_the_database_for_whom(self, lane: Lanes) -> None:
        actor = uuid4()
        ACTOR.set(actor)
        assert (await lane.ask(SAID, (), ONE)).rows == [(str(ONE), str(actor))]
        ACTOR.set(None)
        assert (await lane.ask(SAID, (), ONE)).rows == [(str(ONE), "")]


class TestATransaction:
    async def test_is_in_its_tenant_from_begin_to_end(self, single: AsyncConnectionPool[Any]) -> None:
        async with within(single, ONE) as connection:
            first = await (await connection.execute(WHOSE)).fetchall()
            second = await (await connection.execute(WHOSE)).fetchall()
        assert (first, second) == ([(ONE,)], [(ONE,)])
        assert await rows(single, OTHER, WHOSE) == [(OTHER,)]
        assert await rows(single, None, WHOSE) == []

    async def test_that_fails_leaves_no_tenant_behind(self, single: AsyncConnectionPool[Any]) -> None:
        with pytest.raises(DivisionByZero):
            await rows(single, ONE, b"SELECT 1 / 0")
        assert await rows(single, None, WHOSE) == []


class TestAPool:
    async def test_forgets_what_was_set_for_the_session_against_all_rules(
        self, single: AsyncConnectionPool[Any]
    ) -> None:
        async with single.connection() as connection:
            await connection.execute("SELECT set_config('app.tenant', %s, false)", (str(ONE),))
            assert await (await connection.execute(WHOSE)).fetchall() == [(ONE,)]
        assert await rows(single, None, WHOSE) == []
