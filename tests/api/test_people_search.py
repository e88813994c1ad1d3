"""Searching people over HTTP: by what is in the body alone, masked, for those who may."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.api.house import House
from tests.api.looks import kept

ADA: dict[str, Any] = {
    "names": [{"family": "Testperson", "given": ["Ada"]}],
    "birthDate": "1980-02-29",
    "contacts": [{"system": "phone", "value": "+351 210 000 042"}, {"system": "email", "value": "ada@clinic.example"}],
    "identifiers": [{"value": "MRN-0012345"}],
}
PATIENTS = "/api/directory/patients/search"


def data(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


async def register(house: House, kind: str = "patients", **person: Any) -> str:
    """Register somebody; return the id."""
    made: str = data(await house.client("receptionist").post(f"/api/ehr/{kind}", json=ADA | person), 201)["id"]
    return made


class TestPeopleSearch:
    @pytest.mark.requirement("R149")
    @pytest.mark.requirement("R167")
    async def test_shows_enough_to_choose_by_and_masks_the_rest(self, house: House) -> None:
        patient, practitioner = await register(house), await register(house, "practitioners")
        house.project()
        nurse = house.client("nurse")
        for clues in ({"email": "ADA@clinic.example"}, {"phone": "00351210000042"}, {"recordNumber": "mrn 0012345"},
                      {"birthDate": "1980-02-29", "name": "testp"}):  # fmt: skip
            (found,) = data(await nurse.post(PATIENTS, json=clues))
            assert found == {
                "id": patient, "role": "patient", "active": True, "version": 1, "name": "Ada Testperson",
                "birthYear": "1980", "emails": ["a•••@clinic.example"], "phones": ["•••42"],
                "recordNumbers": ["•••345"],
            }  # fmt: skip
        (found,) = data(await nurse.post("/api/directory/practitioners/search", json={"name": "ada"}))
        assert found["id"] == practitioner
        both = data(await nurse.post(f"/api/ehr/clinic/{house.tenant}/search", json={"name": "ada"}))
        assert {person["id"] for person in both} == {patient, practitioner}

    async def test_comes_in_pages_by_name(self, house: House) -> None:
        for n in range(5):
            await register(house, names=[{"text": f"Ada {n}"}])
        house.project()
        page = await house.client("doctor").post(f"{PATIENTS}?page=2&limit=2", json={"name": "ada"})
        assert [person["name"] for person in data(page)] == ["Ada 2", "Ada 3"]
        assert page.json()["meta"]["total"] == 5

    async def test_is_not_for_patients_nor_for_another_clinic(self, house: House) -> None:
        await register(house)
        house.project()
        assert (await house.client("patient").post(PATIENTS, json={"name": "ada"})).status_code == 403
        stranger = house.client("clinic_admin", tenant=uuid4())
        assert data(await stranger.post(PATIENTS, json={"name": "ada"})) == []
        elsewhere = await stranger.post(f"/api/ehr/clinic/{house.tenant}/search", json={"name": "ada"})
        assert elsewhere.status_code == 404

    async def test_finds_nobody_who_is_closed_or_erased(self, house: House) -> None:
        patient = UUID(await register(house))
        house.project()
        doctor, keys, pool = house.client("doctor"), house.services.keys, house.services.key_pool
        await keys.close_subject(pool, house.tenant, patient)
        assert data(await doctor.post(PATIENTS, json={"name": "ada"})) == []
        await keys.reopen_subject(pool, house.tenant, patient)
        assert len(data(await doctor.post(PATIENTS, json={"name": "ada"}))) == 1
        await keys.destroy(pool, house.tenant, patient)
        assert data(await doctor.post(PATIENTS, json={"name": "ada"})) == []

    @pytest.mark.parametrize(
        "clues",
        [{}, {"name": ""}, {"name": "…"}, {"wholeWords": True}, {"birthDate": "secretly"}, {"nickname": "secretly"},
         {"name": "x" * 201}],
    )  # fmt: skip
    async def test_that_asks_nothing_sensible_is_refused_without_repeating_it(
        self, house: House, clues: dict[str, Any]
    ) -> None:
        answer = await house.client("doctor").post(PATIENTS, json=clues)
        assert answer.status_code == 422
        assert "secretly" not in answer.text
        assert "xxx" not in answer.text

    @pytest.mark.parametrize("name", ["%", "a\u0000b", "'; --", "🦄", "ﷺ", "ß", "\ud7ff" * 200])
    async def test_of_any_text_is_answered(self, house: House, name: str) -> None:
        assert (await house.client("doctor").post(PATIENTS, json={"name": name, "email": name})).status_code == 200


class TestAccessLog:
    async def test_names_those_shown_and_nobody_who_was_only_looked_at_to_find_them(self, house: House) -> None:
        ada, _ = await register(house), await register(house, names=[{"text": "Ada Other"}])
        house.project()
        answer = await house.client("doctor").post(
            f"{PATIENTS}?limit=1", json={"name": "ada", "birthDate": "1980-02-29"}
        )
        assert [person["id"] for person in data(answer)] != [ada]
        (entry,) = [k.entry for k in kept(house) if str(k.entry.request_id) == answer.headers["x-request-id"]]
        assert [str(subject) for subject in entry.subjects] == [data(answer)[0]["id"]]
        assert "ada" not in entry.resource.casefold()
