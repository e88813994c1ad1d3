"""Every list can be had page by page, whole and in order, and a cursor serves nobody but whom it was given to."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import httpx
import pytest

from tests.api import scheduling
from tests.api.house import Ground, House, open_house
from tests.api.test_every_look import settle
from tests.contract.lists import List, lists

#: Nothing of these is there in this house.
ABSENT = {"GET /api/organizations/{organization_id}/members/{user_id}/roles"}
PLANS = "/api/billing/plans"
#: Every look at these is one entry more in them.
GROWING = {f"/api/audit/patients/{{patient_id}}/{name}" for name in ("accesses", "disclosures")}
DEFAULTS = {PLANS: 20, "/api/appointments": 100}


class Settled(NamedTuple):
    """A house in which there is one of everything, or more."""

    house: House
    admin: httpx.AsyncClient
    known: dict[str, str]
    lists: list[List]


@pytest.fixture
async def settled(ground: Ground, redis_url: str) -> AsyncIterator[Settled]:
    async with open_house(ground, redis_url) as house:
        known = await settle(house) | {"organization_id": str(house.tenant)}
        admin = house.client("system", actor=uuid4())
        for days in range(1, 5):
            await scheduling.book(admin, UUID(known["patient_id"]), uuid4(), scheduling.soon(days))
        for n in range(5):
            plan = {"name": f"Plan {n}", "amountCents": 100 * (n // 2), "currency": "EUR", "interval": "MONTHLY",
                    "appointmentsIncluded": 1, "appointmentTypes": {"IN_PERSON": True}}  # fmt: skip
            assert (await admin.post(PLANS, json=plan)).status_code == 201
        await house.drain()
        every = [one for one in lists(house.app.openapi()) if one.name not in ABSENT]
        yield Settled(house, admin, known, every)


async def walked(one: List, at: Settled, **query: object) -> list[Any]:
    """Return a whole list, page by page along its cursors."""
    items: list[Any] = []
    part = await one.part(at.admin, at.known, limit=2, **query)
    for number in range(1, 1000):
        assert (part.meta["page"], part.meta["limit"]) == (number, 2)
        items += part.items
        if part.meta["next"] is None:
            return items
        part = await one.part(at.admin, at.known, limit=2, cursor=part.meta["next"], **query)
    raise AssertionError("the list has no end")


@pytest.mark.requirement("R105", "R104", "R254", "R509", "R551")
class TestEveryList:
    @pytest.mark.requirement("R255")
    async def test_is_the_same_whole_in_pages_and_along_cursors(self, settled: Settled) -> None:
        assert len(settled.lists) > 30
        longest = 0
        for one in settled.lists:
            for sort in (None, *one.sorts):
                if one.path in GROWING:
                    continue
                order = {"sort": sort} if sort else {}
                whole = await one.part(settled.admin, settled.known, **order)
                longest = max(longest, len(whole.items))
                assert whole.meta["total"] == len(whole.items), one.name
                assert whole.meta["next"] is None
                assert await walked(one, settled, **order) == whole.items, (one.name, sort)
                for skip in range(0, len(whole.items), 2):
                    taken = await one.part(settled.admin, settled.known, skip=skip, take=2, **order)
                    paged = await one.part(settled.admin, settled.known, page=skip // 2 + 1, limit=2, **order)
                    assert taken.items == paged.items == whole.items[skip : skip + 2], (one.name, sort)
        assert longest >= 5

    async def test_that_grows_by_being_asked_is_read_along_a_cursor_as_it_was(self, settled: Settled) -> None:
        for one in [one for one in settled.lists if one.path in GROWING]:
            whole = (await one.part(settled.admin, settled.known, limit=1000)).items
            assert (await walked(one, settled))[len(whole) * -1 :] == whole

    @pytest.mark.requirement("R510")
    async def test_has_the_orders_it_names_and_each_backwards(self, settled: Settled) -> None:
        sorted_lists = [one for one in settled.lists if one.sorts]
        assert len(sorted_lists) > 20
        for one in sorted_lists:
            for sort in [sort for sort in one.sorts if not sort.startswith("-")]:
                forwards = await one.part(settled.admin, settled.known, sort=sort)
                backwards = await one.part(settled.admin, settled.known, sort=f"-{sort}")
                assert forwards.items == backwards.items[::-1], (one.name, sort)
                named = [item[sort] for item in forwards.items if isinstance(item.get(sort), str | int)]
                assert named == sorted(named) or sort == "name", (one.name, sort)

    async def test_refuses_what_it_cannot_be_asked_and_names_what_it_can(self, settled: Settled) -> None:
        for one in settled.lists:
            asked = {"limit": 1001}, {"take": 1001}, {"page": 0}, {"skip": -1}, {"limit": 0}
            for query in (*asked, {"limit": 1, "skip": 1}, {"cursor": "x", "page": 2}, {"cursor": ""}, {"cursor": "ü"}):
                response = await one.ask(settled.admin, settled.known, **query)
                assert response.status_code == 422, (one.name, query)
            unknown = (await one.ask(settled.admin, settled.known, colour="red")).json()["error"]
            assert unknown["code"] == "unknown-parameter"
            assert {"page", "limit", "skip", "take", "cursor"} <= set(unknown["details"]["allowed"])
            sort = (await one.ask(settled.admin, settled.known, sort="colour")).json()["error"]
            if one.sorts:
                assert (sort["code"], set(sort["details"]["allowed"])) == ("unknown-sort", set(one.sorts))
            else:
                assert sort["code"] == "unknown-parameter"

    @pytest.mark.requirement("R253")
    async def test_gives_a_thousand_at_most_and_as_many_as_is_said_unless_asked(self, settled: Settled) -> None:
        for one in settled.lists:
            part = await one.part(settled.admin, settled.known)
            assert part.meta["limit"] in (20, 100), one.name
            assert part.meta["limit"] == DEFAULTS.get(one.path, part.meta["limit"])
            assert (await one.part(settled.admin, settled.known, limit=1000)).meta["limit"] == 1000


class TestCursor:
    async def cursor(self, at: Settled, **query: Any) -> str:
        response = await at.admin.get(PLANS, params={"limit": 2, **query})
        return str(response.json()["meta"]["next"])

    async def test_of_another_user_tenant_list_or_filter_is_refused_without_saying_why(self, settled: Settled) -> None:
        cursor, house = await self.cursor(settled), settled.house
        said = set()
        strangers: list[tuple[httpx.AsyncClient, str, dict[str, Any]]] = [
            (house.client("clinic_admin"), PLANS, {}),
            (house.client("clinic_admin", tenant=uuid4()), PLANS, {}),
            (settled.admin, "/api/appointments", {}),
            (settled.admin, PLANS, {"archived": True}),
            (settled.admin, PLANS, {"sort": "name"}),
        ]
        for client, path, query in strangers:
            response = await client.get(path, params={"cursor": cursor, **query})
            error = response.json()["error"]
            said.add((response.status_code, error["code"], error["message"], str(error["details"])))
        assert len(said) == 1
        assert next(iter(said))[:2] == (422, "cursor-refused")

    async def test_that_was_touched_is_refused(self, settled: Settled) -> None:
        cursor = await self.cursor(settled)
        for touched in (cursor[:-2], cursor + "AA", cursor.swapcase(), cursor[1:], "A" * len(cursor)):
            response = await settled.admin.get(PLANS, params={"cursor": touched})
            assert (response.status_code, response.json()["error"]["code"]) == (422, "cursor-refused")

    async def test_may_ask_for_pages_of_another_size(self, settled: Settled) -> None:
        whole = (await settled.admin.get(PLANS)).json()["data"]
        rest = await settled.admin.get(PLANS, params={"cursor": await self.cursor(settled), "limit": 100})
        assert rest.json()["data"] == whole[2:]

    async def test_skips_and_repeats_nothing_when_something_is_added_before_it(self, settled: Settled) -> None:
        """A page number would: what it counts moves."""
        before = (await settled.admin.get(PLANS, params={"sort": "name"})).json()["data"]
        cursor = await self.cursor(settled, sort="name")
        plan = {"name": "A first plan", "amountCents": 1, "currency": "EUR", "interval": "MONTHLY",
                "appointmentsIncluded": 1, "appointmentTypes": {"IN_PERSON": True}}  # fmt: skip
        assert (await settled.admin.post(PLANS, json=plan)).status_code == 201
        await settled.house.drain()
        following = await settled.admin.get(PLANS, params={"sort": "name", "cursor": cursor, "limit": 2})
        assert following.json()["data"] == before[2:4]
