"""A tenant beside another that is its twin: nothing it is told depends on whether the other is there."""

from collections.abc import Iterable, Iterator

import psycopg
import pytest
import redis
from psycopg import sql
from uuid_utils.compat import uuid7

from tests.api.house import House
from tests.tenancy.sameness import Said, changes, differences
from tests.tenancy.twins import PLAN, Twin, nowhere

OWN = sql.SQL("nullif(current_setting('app.tenant', true), '')::uuid AS tenant_id")
VIEW = sql.SQL("CREATE OR REPLACE VIEW read.plans WITH (security_invoker = {}) AS {}")


def refused(answers: Iterable[Said]) -> set[str]:
    return {answer.asked for answer in answers if answer.status != 200}


def nobodys(twin: Twin) -> set[str]:
    """What a twin asks of its own in vain: it runs no house, has no account, and its patient is no member."""
    member = f"/api/organizations/{twin.tenant}/members/{twin.things['patient']}"
    house = {f"/api/operations/{part}" for part in ("health", "cache", "config")}
    return {member, f"{member}/roles", "/api/users/me"} | house


def forget(redis_url: str) -> None:
    """Empty the cache: what is asked next is found anew."""
    with redis.Redis.from_url(redis_url) as valkey:
        valkey.flushdb()


@pytest.fixture
def leak(house: House) -> Iterator[None]:
    """A view read with the rights of its owner, before whom there is no wall, that takes every row for the asker's."""
    with psycopg.connect(house.database_url, autocommit=True) as admin:
        as_it_was = admin.execute("SELECT pg_get_viewdef('read.plans'::regclass)").fetchone()
        columns = [column.name for column in admin.execute("SELECT * FROM read.plans LIMIT 0").description or ()]
        assert as_it_was
        told = sql.SQL(", ").join([OWN if name == "tenant_id" else sql.Identifier(name) for name in columns])
        admin.execute(VIEW.format(False, sql.SQL("SELECT {} FROM plans_1.plans").format(told)))
        yield
        admin.execute(VIEW.format(True, sql.SQL(as_it_was[0])))


@pytest.mark.requirement("R106")
@pytest.mark.requirement("R005")
class TestTwins:
    async def test_are_told_the_same_whether_the_other_is_there_or_not(self, house: House, redis_url: str) -> None:
        one, other = Twin(house, uuid7()), Twin(house, uuid7())
        await one.play(nowhere())
        await house.drain()
        before = await one.read()

        await other.play(one.things)  # reaches for what is there, in another tenant
        await house.drain()

        assert differences(one.listener.heard, other.listener.heard) == []
        assert changes(before, await one.read()) == []
        forget(redis_url)
        assert changes(before, await one.read()) == []
        assert refused(before.values()) == nobodys(one)
        assert len([said for said in one.listener.heard if said.status < 300]) > 150

    async def test_would_find_one_question_that_forgets_the_tenant_where_there_is_no_wall(
        self, house: House, redis_url: str, leak: None
    ) -> None:
        one, other = Twin(house, uuid7()), Twin(house, uuid7())
        one.things |= nowhere() | one.things
        await one.made("plan", "/api/billing/plans", PLAN)
        await house.drain()
        before = await one.read()
        await other.made("plan", "/api/billing/plans", PLAN)
        await house.drain()
        forget(redis_url)

        found = changes(before, await one.read())

        assert found
        assert [change for change in found if not change.startswith("/api/billing/plans")] == []

        for twin, plan in ((one, nowhere()["plan"]), (other, one.things["plan"])):
            await twin.send("GET", f"/api/billing/plans/{plan}")
        assert len(differences(one.listener.heard[1:], other.listener.heard[1:])) == 1
