"""A route that forgets whose things it shows shows nothing; scopes and assignments narrow what roles reach."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter
from starlette.responses import Response
from uuid_utils.compat import uuid7

from adapters.settings import Settings
from api.app import create_app
from api.asking import Asking
from api.security import make_token, permit
from application.kernel.context import Caller
from projections.appointment import queries as appointments
from projections.directory import queries as directory
from projections.kernel.lists import Window
from tests.api.house import Ground, House, open_house
from tests.api.people import refused, told
from tests.api.scheduling import book
from tests.api.test_ehr import BODIES, record

planted = APIRouter(prefix="/api/planted")


@planted.get("/everybodys")
@permit("appointments:read")
async def everybodys(ask: Asking) -> Response:
    """Forgets its limits."""
    found = await appointments.appointments(ask.reader, ask.tenant, Window(10))
    return ask.answer([row["patient_id"] for row in found.rows])


@planted.get("/counted")
@permit("appointments:read")
async def counted(ask: Asking) -> Response:
    """Forgets them, and nobody can say whose the answer is."""
    row = await ask.reader.row(
        "SELECT count(*) AS found FROM read.appointment WHERE tenant_id = %(tenant)s", {"tenant": ask.tenant}
    )
    return ask.answer(row)


@planted.get("/one/{anything}")
@permit("ehr:read")
async def one(anything: UUID, ask: Asking) -> Response:
    """Takes a person by a name that says nothing."""
    row = await directory.person(ask.reader, ask.tenant, "patient", anything)
    return ask.answer(str(row))


def narrowed(house: House, role: str, *scopes: str, actor: UUID | None = None) -> httpx.AsyncClient:
    caller = Caller(house.tenant, actor or uuid7(), frozenset({role}), scopes=frozenset(scopes))
    client = house.anonymous()
    client.headers["Authorization"] = f"Bearer {make_token(house.services.identity.ring, caller)}"
    return client


class TestARouteThatForgot:
    @pytest.mark.requirement("R249", "R250", "R298")
    async def test_shows_nobody_what_is_not_theirs(self, ground: Ground, redis_url: str) -> None:
        app = create_app(Settings(state=ground.state, database_url=ground.database_url))
        app.include_router(planted)
        async with open_house(ground._replace(app=app), redis_url) as house:
            patient, other, doctor = uuid7(), uuid7(), uuid7()
            desk, own = house.client("receptionist"), house.client("patient", actor=patient)
            for person in (patient, other):
                await book(desk, person, uuid7())
            body = {"names": [{"text": "Fen"}], "patientId": str(other)}
            told(await desk.post("/api/ehr/patients", json=body), 201)
            house.project()
            assert len(told(await desk.get("/api/planted/everybodys"))) == 2
            assert told(await desk.get("/api/planted/counted")) == {"found": 2}
            refused(await own.get("/api/planted/everybodys"), 404, "not-found")
            refused(await own.get("/api/planted/counted"), 403, "not-permitted")
            refused(await own.get(f"/api/planted/one/{other}"), 404, "not-found")
            for role in ("practitioner", "caregiver"):
                attending = house.client(role, actor=doctor)
                refused(await attending.get("/api/planted/everybodys"), 404, "not-found")

    def test_names_a_permission_there_is(self) -> None:
        with pytest.raises(ValueError, match="there is no permission weather:read"):
            permit("weather:read")


class TestAssignment:
    @pytest.mark.requirement("R147")
    async def test_opens_the_chart_of_who_one_has_an_appointment_with_until_it_is_cancelled(self, house: House) -> None:
        healer, patient, desk = uuid7(), uuid7(), house.client("receptionist")
        made = await record(house.client("doctor"), "allergies", BODIES["allergies"] | {"patientId": str(patient)})
        house.project()
        client, chart = house.client("practitioner", actor=healer), f"/api/ehr/patients/{patient}/chart"
        refused(await client.get(chart), 404, "not-found")
        visit = await book(desk, patient, healer)
        house.project()
        assert len(told(await client.get(chart))["entries"]) == 1
        assert told(await client.get(f"/api/ehr/allergies/{made['id']}"))["id"] == made["id"]
        assert [one["id"] for one in told(await client.get("/api/appointments"))] == [visit["id"]]
        told(await desk.delete(f"/api/appointments/{visit['id']}"))
        house.project()
        refused(await client.get(chart), 404, "not-found")

    async def test_is_not_made_by_whom_it_would_open_a_chart_to(self, house: House) -> None:
        healer = uuid7()
        body = {"patientId": str(uuid4()), "doctorId": str(healer), "date": "2030-01-01T10:00:00Z"}
        answer = await house.client("practitioner", actor=healer).post("/api/appointments", json=body)
        refused(answer, 404, "not-found")


class TestScopes:
    async def test_narrow_a_token_to_what_they_name(self, house: House) -> None:
        doctor, patient = house.client("doctor"), uuid7()
        about: dict[str, Any] = {"patientId": str(patient)}
        for path in ("allergies", "vitals"):
            await record(doctor, path, BODIES[path] | about)
        house.project()
        narrow = narrowed(house, "doctor", "user/Observation.rs", "user/Patient.rs")
        assert len(told(await narrow.get("/api/ehr/vitals", params=about))) == 1
        refused(await narrow.get("/api/ehr/allergies", params=about), 403, "not-permitted")
        refused(await narrow.post("/api/ehr/vitals", json=BODIES["vitals"] | about), 403, "not-permitted")
        entries = told(await narrow.get(f"/api/ehr/patients/{patient}/chart"))["entries"]
        assert {entry["recordType"] for entry in entries} == {"vital"}
        reading = narrowed(house, "doctor", "user/Observation.r")
        refused(await reading.get("/api/ehr/vitals", params=about), 403, "not-permitted")

    async def test_of_a_patient_leave_a_doctor_their_own_chart_alone(self, house: House) -> None:
        doctor = uuid7()
        client = narrowed(house, "doctor", "patient/*.rs", actor=doctor)
        assert told(await client.get(f"/api/ehr/patients/{doctor}/chart"))["entries"] == []
        refused(await client.get(f"/api/ehr/patients/{uuid7()}/chart"), 404, "not-found")

    async def test_nobody_understands_leave_nothing(self, house: House) -> None:
        client = narrowed(house, "clinic_admin", "openid")
        refused(await client.get("/api/billing/plans"), 403, "not-permitted")
        refused(await client.get("/api/users/me"), 403, "not-permitted")
