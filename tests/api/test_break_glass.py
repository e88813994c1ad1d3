"""Break-glass over HTTP: opened, used, flagged, ended and reviewed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from api.security import make_token
from application.access.open_break_glass import OpenBreakGlass
from application.kernel.context import Caller, Context
from application.processes.notify_privacy_officer_when_glass_is_broken import officer
from domain.access.break_glass import slots
from domain.access.events import GlassReason
from domain.access.purpose import PurposeOfUse
from tests.api.house import House
from tests.api.looks import last
from tests.api.scheduling import notices, refusal
from tests.api.test_ehr import BODIES, PATIENT, data, record

GLASS = "/api/access/break-glass"
NOTES = f"/api/ehr/mental-health-notes?patientId={PATIENT}"
CHART = f"/api/ehr/patients/{PATIENT}/chart"
BODY = {"patientId": str(PATIENT), "code": "emergency-treatment", "reason": "Unconscious, needs history"}

pytestmark = pytest.mark.requirement("R007")


async def broken(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = data(await client.post(GLASS, json=BODY | more), 201)
    return made


async def noted(house: House) -> str:
    """A mental-health note of the patient's, and one of someone else's; return the path of the other's."""
    counselor = house.client("counselor")
    await record(counselor, "mental-health-notes", BODIES["mental-health-notes"])
    other = await record(counselor, "mental-health-notes", BODIES["mental-health-notes"] | {"patientId": str(uuid4())})
    house.project()
    return f"/api/ehr/mental-health-notes/{other['id']}"


class TestBreakingTheGlass:
    async def test_opens_one_patients_chart_and_flags_every_look_under_it(self, house: House) -> None:
        others = await noted(house)
        nurse = house.client("nurse")
        refusal(await nurse.get(NOTES), 403, "not-permitted")
        made = await broken(nurse)
        [note] = data(await nurse.get(NOTES))
        assert note["sessionNote"] == "Slept better"
        entry = last(house)
        assert (entry.grant, entry.purpose, entry.subjects) == (UUID(made["id"]), PurposeOfUse.BTG, [PATIENT])
        assert len(data(await nurse.get(CHART))["entries"]) == 1
        assert last(house).grant == UUID(made["id"])
        refusal(await nurse.get(f"/api/ehr/mental-health-notes?patientId={uuid4()}"), 403, "not-permitted")
        refusal(await nurse.get(others), 403, "not-permitted")
        assert last(house).outcome == "not-permitted"

    async def test_lets_in_whose_role_sees_no_chart_at_all(self, house: House) -> None:
        await record(house.client("doctor"), "allergies", BODIES["allergies"])
        house.project()
        desk = house.client("receptionist")
        refusal(await desk.get(CHART), 403, "not-permitted")
        await broken(desk)
        assert len(data(await desk.get(CHART))["entries"]) == 1
        assert data(await desk.get(f"/api/ehr/patients/{PATIENT}/summary"))["activeRecords"] == 1
        refusal(await desk.get(f"/api/ehr/patients/{uuid4()}/chart"), 403, "not-permitted")
        refusal(await house.client("receptionist").get(CHART), 403, "not-permitted")
        body = {"patientId": str(PATIENT), **BODIES["allergies"]}
        refusal(await desk.post("/api/ehr/allergies", json=body), 403, "not-permitted")

    @pytest.mark.parametrize("roles", [["doctor"], ["nurse", "patient"]])
    async def test_opens_what_a_role_reaches_only_of_others(self, house: House, roles: list[str]) -> None:
        others = await noted(house)
        clinician = house.client(*roles)
        assert (await clinician.get(NOTES)).status_code in (403, 404)
        made = await broken(clinician)
        assert len(data(await clinician.get(NOTES))) == 1
        assert last(house).grant == UUID(made["id"])
        assert (await clinician.get(others)).status_code in (403, 404)

    async def test_needs_a_fresh_sign_in_a_reason_and_a_role(self, house: House) -> None:
        old = Caller(
            house.tenant, uuid4(), frozenset({"nurse"}), authenticated_at=datetime.now(UTC) - timedelta(minutes=6)
        )
        stale = house.anonymous()
        stale.headers["Authorization"] = f"Bearer {make_token(house.services.identity.ring, old)}"
        error = refusal(await stale.post(GLASS, json=BODY), 401, "step-up-required")
        assert error["details"]["max_age"] == 300
        assert (await house.client("nurse").post(GLASS, json=BODY | {"reason": ""})).status_code == 422
        for role in ("patient", "analyst", "auditor", "privacy_officer"):
            refusal(await house.client(role).post(GLASS, json=BODY), 403, "not-permitted")

    async def test_keeps_the_reason_sealed(self, house: House) -> None:
        await broken(house.client("nurse"), reason="Foundwandering")
        house.project()
        with psycopg.connect(house.database_url) as connection:
            for table in ("event_store.events", "read.break_glass"):
                assert not connection.execute(
                    f"SELECT 1 FROM {table} t WHERE t::text LIKE '%Foundwandering%'"
                ).fetchall()

    async def test_is_possible_for_eight_patients_at_a_time(self, house: House) -> None:
        nurse = house.client("nurse")
        made = [await broken(nurse, patientId=str(uuid4())) for _ in range(8)]
        refusal(await nurse.post(GLASS, json=BODY), 409, "too-many-emergency-accesses")
        data(await nurse.post(f"{GLASS}/{made[3]['id']}/close"))
        await broken(nurse)


class TestItsEnd:
    async def test_when_closed_counts_at_once(self, house: House) -> None:
        await noted(house)
        nurse = house.client("nurse")
        made = await broken(nurse)
        refusal(await house.client("nurse").post(f"{GLASS}/{made['id']}/close"), 404, "not-found")
        data(await nurse.post(f"{GLASS}/{made['id']}/close"))
        refusal(await nurse.get(NOTES), 403, "not-permitted")
        refusal(await nurse.post(f"{GLASS}/{made['id']}/close"), 409, "glass-not-broken")
        assert data(await nurse.get(CHART))["entries"] == []
        assert last(house).grant is None

    async def test_by_the_clock_needs_nobody(self, house: House) -> None:
        await noted(house)
        nurse_id = uuid4()
        nurse = house.client("nurse", actor=nurse_id)
        long_ago = datetime.now(UTC) - timedelta(minutes=61)
        caller = Caller(house.tenant, nurse_id, frozenset({"nurse"}), authenticated_at=long_ago)
        new_id = house.services.new_id
        context = Context(caller=caller, command_id=new_id(), now=long_ago, new_id=new_id, correlation_id=new_id())
        command = OpenBreakGlass(patient_id=PATIENT, code=GlassReason.OTHER, reason="An hour ago")
        made = await house.services.dispatcher.dispatch(command, context)
        refusal(await nurse.get(NOTES), 403, "not-permitted")
        await house.drain()
        [seen] = data(await nurse.get(GLASS))
        assert (seen["ended"], seen["id"]) == ("expired", str(made.id))
        assert await house.services.store.holders(house.tenant, slots(nurse_id)) == {}


class TestItsReview:
    async def test_is_owed_until_a_privacy_officer_closes_it_with_a_finding(self, house: House) -> None:
        nurse, privacy = house.client("nurse"), house.client("privacy_officer")
        made = await broken(nurse)
        await house.drain()
        assert ("break-glass-opened", str(officer(house.tenant))) in notices(house)
        [owed] = data(await privacy.get("/api/access/reviews", params={"open": "true"}))
        assert (owed["id"], owed["reason"], owed["finding"]) == (made["id"], BODY["reason"], None)
        assert owed["notifiedAt"]
        url = f"{GLASS}/{made['id']}"
        body = {"finding": "justified", "note": "Admission confirmed"}
        refusal(await privacy.post(f"{url}/review", json=body), 409, "glass-still-broken")
        refusal(await nurse.post(f"{url}/review", json=body), 403, "not-permitted")
        data(await privacy.post(f"{url}/close"))
        data(await privacy.post(f"{url}/review", json=body))
        refusal(await privacy.post(f"{url}/review", json=body), 409, "already-reviewed")
        house.project()
        assert data(await privacy.get("/api/access/reviews", params={"open": "true"})) == []
        seen = data(await nurse.get(url))
        assert (seen["finding"], seen["note"]) == ("justified", "Admission confirmed")

    async def test_is_not_for_who_broke_the_glass(self, house: House) -> None:
        admin = house.client("clinic_admin")
        made = await broken(admin)
        data(await admin.post(f"{GLASS}/{made['id']}/close"))
        body = {"finding": "justified"}
        refusal(await admin.post(f"{GLASS}/{made['id']}/review", json=body), 403, "own-review")

    async def test_and_what_led_to_it_is_shown_to_its_actor_and_those_who_oversee(self, house: House) -> None:
        nurse = house.client("nurse")
        made = await broken(nurse)
        house.project()
        other = house.client("nurse")
        assert data(await other.get(GLASS)) == []
        refusal(await other.get(f"{GLASS}/{made['id']}"), 404, "not-found")
        for client in (nurse, house.client("auditor"), house.client("privacy_officer")):
            assert [glass["id"] for glass in data(await client.get(GLASS))] == [made["id"]]
