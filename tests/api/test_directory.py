"""People and organisations over HTTP: registered once, corrected as a whole, known to those who may."""

from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.api.house import House

PERSON: dict[str, Any] = {
    "names": [{"family": "Testperson", "given": ["Ada"]}],
    "birthDate": "1980-02-29",
    "contacts": [{"system": "phone", "value": "000 000"}],
}


def data(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


class TestDirectory:
    async def test_registers_reads_lists_and_corrects_a_patient(self, house: House) -> None:
        desk = house.client("receptionist")
        made = data(await desk.post("/api/ehr/patients", json=PERSON), 201)
        house.project()
        doctor = house.client("doctor")
        url = f"/api/ehr/patients/{made['id']}"
        assert data(await doctor.get(url))["names"][0]["text"] == "Ada Testperson"
        corrected = PERSON | {"names": [{"text": "Ada Otherperson"}]}
        assert data(await desk.put(url, json=corrected))["version"] == 2
        house.project()
        listed = await doctor.get("/api/ehr/patients")
        assert [person["names"][0]["text"] for person in data(listed)] == ["Ada Otherperson"]
        assert listed.json()["meta"]["total"] == 1

    async def test_takes_the_id_of_an_account_once(self, house: House) -> None:
        desk = house.client("receptionist")
        account = str(uuid4())
        body = PERSON | {"practitionerId": account}
        assert data(await desk.post("/api/ehr/practitioners", json=body), 201)["id"] == account
        again = await desk.post("/api/ehr/practitioners", json=body)
        assert (again.status_code, again.json()["error"]["code"]) == (409, "already-registered")
        away = {**PERSON, "active": False}
        data(await desk.put(f"/api/ehr/practitioners/{account}", json=away))
        house.project()
        assert data(await desk.get(f"/api/ehr/practitioners/{account}"))["active"] is False
        assert len(data(await desk.get("/api/ehr/practitioners"))) == 1
        assert (await desk.get(f"/api/ehr/patients/{account}")).status_code == 403

    async def test_registers_and_corrects_an_organisation(self, house: House) -> None:
        desk = house.client("receptionist")
        made = data(await desk.post("/api/ehr/organizations", json={"name": "Example Hospital"}), 201)
        corrected = {"name": "Example Clinic", "telephone": "000"}
        data(await desk.put(f"/api/ehr/organizations/{made['id']}", json=corrected))
        house.project()
        (found,) = data(await desk.get("/api/ehr/organizations"))
        assert (found["id"], found["name"], found["version"]) == (made["id"], "Example Clinic", 2)

    async def test_shows_a_patient_nobody_but_themselves(self, house: House) -> None:
        made = data(await house.client("doctor").post("/api/ehr/patients", json=PERSON), 201)
        house.project()
        url = f"/api/ehr/patients/{made['id']}"
        assert (await house.client("patient").get(url)).status_code == 404
        assert (await house.client("patient").get("/api/ehr/patients")).status_code == 403
        own = house.client("patient", actor=made["id"])
        assert data(await own.get(url))["birthDate"] == "1980-02-29"

    async def test_refuses_a_person_without_a_name_or_with_a_date_that_is_none(self, house: House) -> None:
        desk = house.client("receptionist")
        bodies: list[dict[str, Any]] = [{"names": []}, {"names": [{}]}, PERSON | {"birthDate": "yesterday"}]
        for body in bodies:
            answer = await desk.post("/api/ehr/patients", json=body)
            assert answer.status_code == 422
            assert "yesterday" not in answer.text


class TestErasedPerson:
    async def test_is_gone_with_every_record(self, house: House) -> None:
        doctor = house.client("doctor")
        patient = data(await doctor.post("/api/ehr/patients", json=PERSON), 201)["id"]
        body = {"patientId": patient, "allergen": "Penicillin", "severity": "Severe"}
        record = data(await doctor.post("/api/ehr/allergies", json=body), 201)["id"]
        await house.drain()
        await house.services.keys.destroy(house.services.key_pool, house.tenant, UUID(patient))
        for path in (f"patients/{patient}", f"allergies/{record}"):
            answer = await doctor.get(f"/api/ehr/{path}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (410, "record-erased")
        for change in (
            doctor.post("/api/ehr/allergies", json=body),
            doctor.put(f"/api/ehr/allergies/{record}", json={"allergen": "Latex", "severity": "Mild"}),
            doctor.put(f"/api/ehr/patients/{patient}", json=PERSON),
        ):
            refused = await change
            assert (refused.status_code, refused.json()["error"]["code"]) == (410, "person-erased")
        (entry,) = data(await doctor.get(f"/api/ehr/patients/{patient}/chart"))["entries"]
        assert entry["erased"] is True
        assert "allergen" not in entry
        summary = data(await doctor.get(f"/api/ehr/patients/{patient}/summary"))
        assert [a.get("erased") for a in summary["allergies"]] == [True]
        (alert,) = data(await doctor.get(f"/api/ehr/clinic/{house.tenant}/alerts/critical"))
        assert (alert["erased"], alert["findings"]) == (True, [])
