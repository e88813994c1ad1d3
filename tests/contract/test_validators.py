"""Whoever read a thing can ask whether it is still so, and change it only if it is."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.api.house import House

Client = Callable[..., httpx.AsyncClient]
PLANS = "/api/billing/plans"
PLAN = {"name": "Basic", "amountCents": 100, "currency": "EUR", "interval": "MONTHLY", "appointmentsIncluded": 1,
        "appointmentTypes": {"IN_PERSON": True}}  # fmt: skip


@pytest.fixture
async def admin(house: House) -> httpx.AsyncClient:
    return house.client("clinic_admin")


@pytest.fixture
async def plan(house: House, admin: httpx.AsyncClient) -> str:
    made = await admin.post(PLANS, json=PLAN)
    await house.drain()
    return f"{PLANS}/{made.json()['data']['id']}"


async def read(admin: httpx.AsyncClient, path: str, **headers: str) -> httpx.Response:
    return await admin.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.requirement("R551")
class TestIfNoneMatch:
    async def test_is_answered_without_a_body_while_nothing_has_changed(
        self, admin: httpx.AsyncClient, plan: str
    ) -> None:
        tag = (await read(admin, plan)).headers["etag"]
        for known in (tag, f"W/{tag}", f'"1-0000000000000000", {tag}', "*"):
            again = await read(admin, plan, If_None_Match=known)
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)

    async def test_is_answered_whole_when_something_has(
        self, house: House, admin: httpx.AsyncClient, plan: str
    ) -> None:
        tag = (await read(admin, plan)).headers["etag"]
        await admin.put(plan, json=PLAN | {"name": "Other"})
        await house.drain()
        after = await read(admin, plan, If_None_Match=tag)
        assert (after.status_code, after.json()["data"]["name"]) == (200, "Other")
        assert after.headers["etag"].startswith('"2-')

    async def test_looks_at_all_that_is_shown_not_at_the_version_alone(self, house: House) -> None:
        """The same subscription, in the same version, of a plan that has got another name, is another answer."""
        from api.validators import entity_tag

        shown: list[dict[str, Any]] = [{"planName": "Basic"}, {"planName": "Other"}]
        assert entity_tag(str(shown[0]).encode(), 3) != entity_tag(str(shown[1]).encode(), 3)


class TestIfMatch:
    async def test_takes_the_tag_of_a_read_and_of_a_change(self, admin: httpx.AsyncClient, plan: str) -> None:
        tag = (await read(admin, plan)).headers["etag"]
        first, second, third = (PLAN | {"name": name} for name in ("One", "Two", "Three"))
        changed = await admin.put(plan, json=first, headers={"If-Match": tag})
        assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
        stale = await admin.put(plan, json=second, headers={"If-Match": tag})
        assert (stale.status_code, stale.json()["error"]["code"]) == (412, "version-mismatch")
        assert (await admin.put(plan, json=second, headers={"If-Match": 'W/"2"'})).status_code == 200
        assert (await admin.put(plan, json=third, headers={"If-Match": "*"})).status_code == 200

    @pytest.mark.parametrize("value", ["latest", '"x"', '""', "3", '"1", "2"', '"99999999999"'])
    async def test_of_any_other_form_is_refused(self, admin: httpx.AsyncClient, plan: str, value: str) -> None:
        refused = await admin.put(plan, json=PLAN, headers={"If-Match": value})
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "bad-header")
