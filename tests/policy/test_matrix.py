"""The policy as people keep it (``matrix/*.txt``), cell by cell, held against what the application answers."""

import time

import pytest

from tests.api import clinics
from tests.api.people import told
from tests.api.test_auth_hostile import forged
from tests.policy.asking import asked
from tests.policy.newcomers import UNKNOWN
from tests.policy.quickly import ask
from tests.policy.reading import Line, every_line, every_role
from tests.policy.walk import Cell, Walk, cells
from tests.policy.world import World, token

LINES, ROLES = every_line(), every_role()
pytestmark = pytest.mark.asyncio(loop_scope="module")


def cell(name: str, role: str, case: str) -> Cell:
    """Return the cell of a route, a role and a case."""
    return next(one for one in cells(LINES[name], [role]) if one.case == case)


async def unproven(world: World) -> dict[str, str]:
    """Return the ways of not being anybody: no token, and tokens that are not believed."""
    house = world.house
    gone, roles = await clinics.account(house), frozenset(ROLES)
    revoked = token(house, gone, world.tenant, roles)
    client = house.anonymous()
    client.headers["Authorization"] = f"Bearer {revoked}"
    told(await client.post("/api/auth/logout"))
    await clinics.heard(house)
    past = int(time.time()) - 900
    return {
        "anonymous": "",
        "expired": f"Bearer {forged(house, roles=[*roles], iat=past, auth_time=past, exp=past + 60)}",
        "revoked": f"Bearer {revoked}",
        "wrong audience": f"Bearer {forged(house, roles=[*roles], aud='another-api')}",
    }


async def bare(world: World, line: Line, authorization: str) -> int:
    """Ask a route about what is somebody's own, under another proof of who is asking; return the status."""
    request = asked(line.name, UNKNOWN | world.ids["own"])
    headers = {"Authorization": authorization} if authorization else {}
    return (await ask(world.house.app, request, headers)).status


class TestMatrix:
    @pytest.mark.requirement("R006", "R147", "R249", "R285")
    @pytest.mark.requirement("R284", "R330")
    async def test_is_what_every_route_answers_every_role_about_every_thing(self, walk: Walk) -> None:
        every = [cell for line in LINES.values() if line.anonymous is None for cell in cells(line, ROLES)]
        assert len(every) > 15_000
        assert await walk.told_apart(every) == []

    @pytest.mark.requirement("R011")
    @pytest.mark.requirement("R526")
    async def test_is_for_nobody_who_cannot_show_who_they_are(self, world: World) -> None:
        ways = await unproven(world)
        wrong = [
            (line.name, way, status)
            for line in LINES.values()
            for way, authorization in ways.items()
            if (status := await bare(world, line, authorization)) != (401 if line.anonymous is None else line.anonymous)
        ]
        assert wrong == []


class TestControl:
    async def test_a_wrong_cell_is_named(self, walk: Walk) -> None:
        right = [
            cell("GET /api/appointments/{appointment_id}", "patient", "other"),
            cell("GET /api/ehr/mental-health-notes/{record_id}", "clinic_admin", "own"),
            cell("PUT /api/ehr/vitals/{record_id}", "nurse", "own"),
            cell("POST /api/appointments/{appointment_id}/complete", "caregiver", "other"),
            cell("GET /api/billing/invoices/{invoice_id}", "family_delegate", "elsewhere"),
            cell("PUT /api/practitioners/{practitioner_id}/working-hours", "doctor", "other"),
            cell("DELETE /api/ehr/allergies/{record_id}", "doctor", "deleted"),
        ]
        assert await walk.told_apart(right) == []
        planted = [one._replace(status=404 if one.status in range(200, 300) else 200) for one in right]
        found = await walk.told_apart(planted)
        assert sorted(wrong.split(":")[0] for wrong in found) == sorted(one.name for one in planted)

    async def test_a_list_that_shows_more_than_it_should_is_named(self, walk: Walk) -> None:
        keys = cell("GET /api/api-keys", "clinic_admin", "own")
        hidden = keys._replace(line=keys.line._replace(statuses={"clinic_admin": (200, 404, 404, 404)}))
        [found] = await walk.told_apart([hidden])
        assert found == "GET /api/api-keys clinic_admin own: shows key_id of other"

    async def test_a_token_that_is_not_spoilt_is_believed(self, world: World) -> None:
        authorization = f"Bearer {forged(world.house, roles=[*ROLES])}"
        assert await bare(world, LINES["GET /api/roles"], authorization) == 200
