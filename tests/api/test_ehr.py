"""Health records over HTTP: eleven types, nothing overwritten, charts at two times, alerts, and who sees what."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from tests.api.house import House
from tests.api.scheduling import book

PATIENT = UUID("01900000-0000-7000-8000-00000000000a")
Drain = Callable[..., Awaitable[int]]

BODIES: dict[str, dict[str, Any]] = {
    "medical-history": {"condition": "Asthma", "diagnosis": "Moderate asthma", "date": "2024-05-01"},
    "lab-reports": {"testName": "Sodium", "result": "139.0", "unit": "mmol/L", "normalRange": "135-145"},
    "radiology-reports": {"imageType": "X-ray", "findings": "No fracture", "conclusion": "Normal"},
    "surgical-records": {"surgeryName": "Appendectomy", "surgeon": "Dr. Mocklin"},
    "mental-health-notes": {"sessionNote": "Slept better", "therapist": "T. Mocklin"},
    "vitals": {"type": "blood_pressure", "systolic": "120", "diastolic": "80", "unit": "mmHg"},
    "allergies": {"allergen": "Pollen", "severity": "Mild", "reaction": "Sneezing"},
    "medications": {"name": "Atorvastatin", "dosage": "20 mg", "frequency": "daily", "startDate": "2026-01-01"},
    "immunizations": {"vaccineName": "Influenza", "batchNumber": "A1", "nextDueDate": "2027-10-01"},
    "family-history": {"relation": "mother", "condition": "Diabetes", "diagnosedAge": 52},
    "lifestyle-assessments": {"smoking": "never", "sleep": "7 hours"},
}
PULSE = {"type": "heart_rate", "value": "130", "unit": "bpm"}


def data(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


async def record(client: httpx.AsyncClient, path: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = data(
        await client.post(f"/api/ehr/{path}", json={"patientId": str(PATIENT), **body, **more}), 201
    )
    return made


class TestEveryRecordType:
    @pytest.mark.requirement("R164")
    @pytest.mark.requirement("R165")
    async def test_is_recorded_read_listed_amended_and_retracted(self, house: House) -> None:
        doctor = house.client("doctor", "counselor")
        for path, body in BODIES.items():
            made = await record(doctor, path, body)
            url = f"/api/ehr/{path}/{made['id']}"
            amended = await doctor.put(url, json=body | {"reasonCode": "corrected", "reason": "Typing error"})
            assert data(amended)["version"] == 2
            house.project()
            read = await doctor.get(url)
            view = data(read)
            assert read.headers["etag"].startswith('"2-')
            assert view["recordStatus"] == "current"
            assert view["amendmentReason"] == "Typing error"
            first = next(iter(body))
            assert view[first] == body[first]
            listed = await doctor.get(f"/api/ehr/{path}", params={"patientId": str(PATIENT)})
            assert [item["id"] for item in data(listed)] == [made["id"]]
            assert listed.json()["meta"]["total"] == 1
            data(await doctor.request("DELETE", url, json={"reasonCode": "wrong-patient", "reason": "Mixed up"}))
            house.project()
            gone = await doctor.get(url)
            assert (gone.status_code, gone.json()["error"]["code"]) == (410, "record-withdrawn")
            history = data(await doctor.get(f"{url}/history"))
            assert [v["recordStatus"] for v in history] == ["superseded", "superseded", "retracted"]
            assert data(await doctor.get(f"/api/ehr/{path}", params={"patientId": str(PATIENT)})) == []

    async def test_is_refused_under_the_path_of_another(self, house: House) -> None:
        doctor = house.client("doctor")
        made = await record(doctor, "allergies", BODIES["allergies"])
        house.project()
        assert (await doctor.get(f"/api/ehr/vitals/{made['id']}")).status_code == 404
        assert (await doctor.delete(f"/api/ehr/vitals/{made['id']}")).status_code == 404


class TestRoutes:
    @pytest.mark.requirement("R163")
    async def test_are_the_thirty_five_at_least_each_with_a_summary_and_an_answer(self, house: House) -> None:
        paths = (await house.anonymous().get("/openapi.json")).json()["paths"]
        routes = [r for path, methods in paths.items() if path.startswith("/api/ehr/") for r in methods.values()]
        assert len(routes) >= 35
        assert all(r["summary"] and {"200", "201"} & set(r["responses"]) for r in routes)


class TestBadInput:
    @pytest.mark.parametrize(
        ("path", "body", "rule"),
        [
            ("vitals", {"type": "heart_rate", "value": "fast", "unit": "bpm"}, "number"),
            ("vitals", {"type": "heart_rate", "value": 72}, "required"),
            ("vitals", {"type": "temperature", "value": 98.6, "unit": "Cel"}, "range"),
            ("vitals", {"type": "blood_pressure", "value": "120"}, "required"),
            ("lifestyle-assessments", {}, "required"),
        ],
    )
    async def test_is_refused_by_rule_and_the_value_is_not_repeated(
        self, house: House, path: str, body: dict[str, Any], rule: str
    ) -> None:
        answer = await house.client("doctor").post(f"/api/ehr/{path}", json={"patientId": str(PATIENT), **body})
        assert answer.status_code == 422
        assert answer.json()["error"]["details"]["rule"] == rule
        assert "fast" not in answer.text

    @pytest.mark.requirement("R286")
    async def test_is_422_for_an_unknown_field_and_a_foreign_clinic_is_not_there(self, house: House) -> None:
        doctor = house.client("doctor")
        body = {"patientId": str(PATIENT), "allergen": "Pollen", "colour": "blue"}
        assert (await doctor.post("/api/ehr/allergies", json=body)).status_code == 422
        foreign = {"patientId": str(PATIENT), "allergen": "Pollen", "clinicId": str(uuid4())}
        assert (await doctor.post("/api/ehr/allergies", json=foreign)).status_code == 404

    async def test_is_412_when_the_entry_has_changed_since_it_was_read(self, house: House) -> None:
        doctor = house.client("doctor")
        made = await record(doctor, "allergies", BODIES["allergies"])
        url, body = f"/api/ehr/allergies/{made['id']}", BODIES["allergies"]
        data(await doctor.put(url, json=body, headers={"If-Match": '"1"'}))
        assert (await doctor.put(url, json=body, headers={"If-Match": '"1"'})).status_code == 412


class TestChart:
    @pytest.mark.requirement("R145")
    async def test_shows_what_was_known_then_about_what_held_true_then(self, house: House) -> None:
        doctor = house.client("doctor")
        asthma = await record(doctor, "medical-history", BODIES["medical-history"])
        course = {"startDate": "2026-01-01T00:00:00Z", "endDate": "2026-02-01T00:00:00Z"}
        medicine = await record(doctor, "medications", BODIES["medications"] | course)
        before = datetime.now(UTC)
        url = f"/api/ehr/medical-history/{asthma['id']}"
        data(await doctor.put(url, json={"condition": "Bronchitis"}))
        between = datetime.now(UTC)
        data(await doctor.delete(url))
        house.project()

        async def conditions(**when: str) -> list[str]:
            chart = data(await doctor.get(f"/api/ehr/patients/{PATIENT}/chart", params=when))
            return [entry.get("condition") or entry["name"] for entry in chart["entries"]]

        assert await conditions(known_at=before.isoformat()) == ["Atorvastatin", "Asthma"]
        assert await conditions(known_at=between.isoformat()) == ["Atorvastatin", "Bronchitis"]
        assert await conditions() == ["Atorvastatin"]
        assert await conditions(known_at=before.isoformat(), valid_at="2025-06-01T00:00:00Z") == ["Asthma"]
        assert await conditions(valid_at="2026-01-15") == ["Atorvastatin"]
        assert await conditions(valid_at="2026-02-01T00:00:00Z") == []
        assert await conditions(known_at="2020-01-01T00:00:00Z") == []
        then = await doctor.get(url, params={"known_at": between.isoformat()})
        assert data(then)["condition"] == "Bronchitis"
        assert data(await doctor.get(f"/api/ehr/medications/{medicine['id']}"))["effectiveUntil"].startswith("2026-02")

    async def test_waits_for_the_position_it_is_told_or_says_how_far_it_is_behind(self, house: House) -> None:
        doctor = house.client("doctor")
        body = {"patientId": str(PATIENT), **BODIES["allergies"]}
        position = (await doctor.post("/api/ehr/allergies", json=body)).headers["x-position"]
        url, waiting = f"/api/ehr/patients/{PATIENT}/chart", {"X-Wait-For": position}
        assert (await doctor.get(url, headers=waiting)).status_code == 503
        house.project()
        assert len(data(await doctor.get(url, headers=waiting))["entries"]) == 1


class TestSummary:
    @pytest.mark.requirement("R151")
    async def test_counts_records_and_shows_what_is_current(self, house: House) -> None:
        doctor = house.client("doctor")
        for path in ("allergies", "medical-history", "vitals"):
            await record(doctor, path, BODIES[path])
        await record(doctor, "medications", BODIES["medications"])
        await record(doctor, "medications", {"name": "Aspirin", "isActive": False, "status": "stopped"})
        error = await record(doctor, "allergies", {"allergen": "Cats", "severity": "Mild"})
        data(await doctor.delete(f"/api/ehr/allergies/{error['id']}"))
        house.project()
        summary = data(await doctor.get(f"/api/ehr/patients/{PATIENT}/summary"))
        assert summary["activeRecords"] == 5
        figures = summary["records"]["allergy"]
        assert (figures["active"], figures["recorded"], figures["retracted"]) == (1, 2, 1)
        assert [a["allergen"] for a in summary["allergies"]] == ["Pollen"]
        assert [m["name"] for m in summary["medications"]] == ["Atorvastatin"]
        assert [c["condition"] for c in summary["conditions"]] == ["Asthma"]
        whole = data(await doctor.get(f"/api/ehr/comprehensive/{PATIENT}"))
        assert {name: len(entries) for name, entries in whole["sections"].items() if entries} == {
            "allergy": 1, "medical_history": 1, "medication": 2, "vital": 1,
        }  # fmt: skip


class TestCriticalAlerts:
    @pytest.mark.requirement("R150")
    @pytest.mark.requirement("R168")
    async def test_are_raised_acknowledged_and_withdrawn_with_the_record(self, house: House, drain: Drain) -> None:
        doctor = house.client("doctor")
        vital = await record(doctor, "vitals", PULSE)
        await record(doctor, "allergies", {"allergen": "Penicillin", "severity": "Severe"})
        await record(doctor, "vitals", BODIES["vitals"])
        old = (datetime.now(UTC) - timedelta(hours=25)).isoformat()
        await record(doctor, "vitals", PULSE, effectiveAt=old)
        await drain()
        url = f"/api/ehr/clinic/{house.tenant}/alerts/critical"
        alerts = data(await doctor.get(url))
        rules = {finding["rule"] for alert in alerts for finding in alert["findings"]}
        assert rules == {"heart-rate-high", "allergy-severe"}
        pulse = next(alert for alert in alerts if alert["recordId"] == vital["id"])
        data(await doctor.post(f"/api/ehr/alerts/{pulse['id']}/acknowledge"))
        again = await doctor.post(f"/api/ehr/alerts/{pulse['id']}/acknowledge")
        assert (again.status_code, again.json()["error"]["code"]) == (409, "alert-not-open")
        await drain()
        assert len(data(await doctor.get(url, params={"open": "true"}))) == 1
        data(await doctor.put(f"/api/ehr/vitals/{vital['id']}", json=PULSE | {"value": "72"}))
        await drain()
        assert [a["recordType"] for a in data(await doctor.get(url))] == ["allergy"]

    async def test_of_another_clinic_are_not_there(self, house: House) -> None:
        answer = await house.client("doctor").get(f"/api/ehr/clinic/{uuid4()}/alerts/critical")
        assert answer.status_code == 404


class TestWhoSeesWhat:
    @pytest.mark.requirement("R147")
    async def test_a_patient_sees_their_own_records_and_nobody_elses(self, house: House) -> None:
        made = await record(house.client("doctor"), "allergies", BODIES["allergies"])
        house.project()
        own, other = house.client("patient", actor=PATIENT), house.client("patient")
        assert len(data(await own.get("/api/ehr/allergies"))) == 1
        assert data(await own.get(f"/api/ehr/allergies/{made['id']}"))["allergen"] == "Pollen"
        for path in (
            f"allergies/{made['id']}", f"allergies/{made['id']}/history", f"allergies?patientId={PATIENT}",
            f"patients/{PATIENT}/chart", f"patients/{PATIENT}/summary", f"comprehensive/{PATIENT}",
        ):  # fmt: skip
            assert (await other.get(f"/api/ehr/{path}")).status_code == 404, path
        body = {"patientId": str(PATIENT), "allergen": "Cats"}
        assert (await own.post("/api/ehr/allergies", json=body)).status_code == 403

    @pytest.mark.requirement("R156")
    async def test_mental_health_notes_are_for_those_with_their_own_permission(self, house: House) -> None:
        doctor_id = uuid4()
        doctor, nurse, counselor = house.client("doctor", actor=doctor_id), *map(house.client, ("nurse", "counselor"))
        body = {"patientId": str(PATIENT), **BODIES["mental-health-notes"]}
        assert (await nurse.post("/api/ehr/mental-health-notes", json=body)).status_code == 403
        made = await record(counselor, "mental-health-notes", BODIES["mental-health-notes"])
        house.project()
        url = f"/api/ehr/mental-health-notes/{made['id']}"
        assert (await nurse.get(url)).status_code == 403
        chart, only = f"/api/ehr/patients/{PATIENT}/chart", {"recordType": "mental_health_note"}
        assert (await doctor.get(url)).status_code == 404
        assert data(await doctor.get(chart))["entries"] == []
        refused = await doctor.get(chart, params=only)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "field-not-readable")
        await book(house.client("receptionist"), PATIENT, doctor_id)
        house.project()
        assert data(await doctor.get(url))["sessionNote"] == "Slept better"
        assert len(data(await doctor.get(chart, params=only))["entries"]) == 1
        assert data(await nurse.get(chart))["entries"] == []
        assert len(data(await counselor.get(chart))["entries"]) == 1
        assert data(await nurse.get(f"/api/ehr/patients/{PATIENT}/summary"))["activeRecords"] == 0
        own = house.client("patient", actor=PATIENT)
        assert data(await own.get(chart))["entries"] == []

    @pytest.mark.requirement("R146")
    async def test_another_tenant_finds_nothing(self, house: House) -> None:
        made = await record(house.client("doctor"), "allergies", BODIES["allergies"])
        house.project()
        stranger = house.client("doctor", tenant=uuid4())
        assert (await stranger.get(f"/api/ehr/allergies/{made['id']}")).status_code == 404
        assert data(await stranger.get(f"/api/ehr/patients/{PATIENT}/chart"))["entries"] == []


class TestPersonalData:
    async def test_lies_in_no_event_and_no_read_model_in_the_clear(self, house: House) -> None:
        await record(house.client("doctor"), "allergies", {"allergen": "Brazilnut", "severity": "Severe"})
        await house.drain()
        with psycopg.connect(house.database_url) as connection:
            for (table,) in connection.execute(
                """SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
                   WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"""
            ).fetchall():
                found = connection.execute(f"SELECT count(*) FROM {table} t WHERE t::text ILIKE '%brazilnut%'")
                assert found.fetchone() == (0,), table
