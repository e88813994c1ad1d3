"""People listed under an id that was there before them: an account's, their own in another part, another clinic's."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from uuid_utils.compat import uuid7

from domain.directory.people import Patient, Practitioner
from tests.api import clinics
from tests.api.house import House
from tests.api.people import refused, told
from tests.api.scheduling import book
from tests.tenancy.sameness import Listener

NAME = "Ada Testperson"
LISTS = {"patients": "patientId", "practitioners": "practitionerId"}


def named(kind: str, person_id: object, name: str = NAME) -> dict[str, Any]:
    return {"names": [{"text": name}], LISTS[kind]: str(person_id)}


async def listed(desk: httpx.AsyncClient, kind: str, person_id: object, name: str = NAME) -> None:
    made = told(await desk.post(f"/api/ehr/{kind}", json=named(kind, person_id, name)), 201)
    assert (made["id"], made["version"]) == (str(person_id), 1)


async def lived_with(desk: httpx.AsyncClient, person_id: object) -> Listener:
    """Return what a clinic is told from the first to the last thing it does with an id."""
    listener, wrong = Listener(), {"If-Match": '"7"'}
    for kind in LISTS:
        url = f"/api/ehr/{kind}/{person_id}"
        correct = {"names": [{"text": "Ada Otherperson"}]}
        listener.hear("unknown", await desk.put(url, json=correct))
        listener.hear("register", await desk.post(f"/api/ehr/{kind}", json=named(kind, person_id)))
        listener.hear("again", await desk.post(f"/api/ehr/{kind}", json=named(kind, person_id)))
        listener.hear("stale", await desk.put(url, json=correct, headers=wrong))
        listener.hear("correct", await desk.put(url, json=correct))
    return listener


class TestAnIdThatAnotherClinicKnows:
    @pytest.mark.requirement("R106")
    async def test_is_as_free_as_any_whatever_it_is_there(self, house: House) -> None:
        there, desk = house.client("clinic_admin", tenant=uuid7()), house.client("clinic_admin")
        person, place = uuid7(), told(await there.post("/api/ehr/organizations", json={"name": "There"}), 201)["id"]
        await lived_with(there, person)
        free = (await lived_with(desk, uuid7())).heard
        assert [said.status for said in free] == [404, 201, 409, 412, 200] * 2
        for known in (person, (await book(there, person, person))["id"], place, (await clinics.account(house)).id):
            assert (await lived_with(desk, known)).heard == free

    async def test_is_another_person_here(self, house: House) -> None:
        there, desk = house.client("clinic_admin", tenant=uuid7()), house.client("clinic_admin")
        person = uuid7()
        await listed(there, "patients", person, "Eve Elsewhere")
        await listed(desk, "patients", person)
        house.project()
        for asking, name in ((there, "Eve Elsewhere"), (desk, NAME)):
            found = told(await asking.get(f"/api/ehr/patients/{person}"))
            assert (found["id"], found["names"][0]["text"]) == (str(person), name)
        await house.services.keys.destroy(house.services.key_pool, house.tenant, person)
        refused(await desk.get(f"/api/ehr/patients/{person}"), 410, "record-erased")
        told(await there.get(f"/api/ehr/patients/{person}"))


class TestSomebodyWithAnAccount:
    async def test_is_listed_under_its_id_and_reads_what_is_theirs(self, house: House) -> None:
        desk, person = house.client("clinic_admin"), (await clinics.account(house)).id
        for kind in LISTS:
            await listed(desk, kind, person)
        house.project()
        own = house.client("patient", actor=person)
        assert told(await own.get(f"/api/ehr/patients/{person}"))["id"] == str(person)

    async def test_may_be_the_clinics_own_administrator(self, house: House) -> None:
        place = await clinics.clinic(house)
        await listed(place.admin.client, "practitioners", place.admin.id)


class TestTheClinicsOwnId:
    async def test_is_nobodys(self, house: House) -> None:
        for kind in LISTS:
            answer = await house.client("clinic_admin").post(f"/api/ehr/{kind}", json=named(kind, house.tenant))
            refused(answer, 422, "not-a-person")


class TestPatientAndPractitionerInOne:
    async def test_is_found_read_and_corrected_as_either(self, house: House) -> None:
        desk, person = house.client("clinic_admin"), uuid7()
        await listed(desk, "patients", person)
        await listed(desk, "practitioners", person, "Dr Ada Testperson")
        told(await desk.put(f"/api/ehr/patients/{person}", json={"names": [{"text": "Ada Wed Testperson"}]}))
        house.project()
        names = {"patients": "Ada Wed Testperson", "practitioners": "Dr Ada Testperson"}
        for kind, name in names.items():
            found = told(await desk.get(f"/api/ehr/{kind}/{person}"))
            assert (found["names"][0]["text"], found["role"]) == (name, kind[:-1])
            assert [(row["id"], row["names"]) for row in told(await desk.get(f"/api/ehr/{kind}"))] == [
                (str(person), found["names"])
            ]
        await house.drain()
        answer = await desk.post(f"/api/ehr/clinic/{house.tenant}/search", json={"name": "testperson"})
        assert [(row["id"], row["role"], row["name"]) for row in told(answer)] == [
            (str(person), "patient", names["patients"]), (str(person), "practitioner", names["practitioners"])
        ]  # fmt: skip

    async def test_acts_as_a_practitioner_in_the_history(self, house: House) -> None:
        desk, person = house.client("clinic_admin"), uuid7()
        await listed(desk, "practitioners", person, "Dr Ada Testperson")
        await listed(desk, "patients", person)
        appointment = (await book(house.client("receptionist", actor=person), person, uuid7()))["id"]
        url = f"/api/audit/history?stream={appointment}"
        (entry, *_) = told(await house.client("auditor", "clinic_admin").get(url))
        assert (entry["who"]["id"], entry["who"]["role"]) == (str(person), "practitioner")

    async def test_is_both_in_what_is_handed_out_of_them(self, house: House) -> None:
        desk, person = house.client("clinic_admin"), uuid7()
        for kind in LISTS:
            await listed(desk, kind, person)
        url = "/api/privacy/export"
        answer = await house.client("privacy_officer").get(url, params={"subject": str(person), "format": "fhir"})
        entries = answer.json()["entry"]
        resources = [entry["resource"] for entry in entries]
        assert [(r["resourceType"], r["id"]) for r in resources] == [
            ("Patient", str(person)), ("Practitioner", str(person))
        ]  # fmt: skip
        assert len({entry["fullUrl"] for entry in entries}) == len(entries)


class TestTwiceInOneClinic:
    async def test_is_refused_by_name_also_when_both_come_at_once(self, house: House) -> None:
        desk = house.client("clinic_admin")
        for kind in LISTS:
            person = uuid7()
            asked = [desk.post(f"/api/ehr/{kind}", json=named(kind, person)) for _ in range(4)]
            answers = sorted(await asyncio.gather(*asked), key=lambda answer: answer.status_code)
            assert told(answers[0], 201)["id"] == str(person)
            for again in (*answers[1:], await desk.post(f"/api/ehr/{kind}", json=named(kind, person))):
                refused(again, 409, "already-registered")
                assert again.json()["error"]["details"]["id"] == str(person)


def test_a_stream_belongs_to_what_somebody_is_where_and_under_which_id() -> None:
    here, there, one, other = (UUID(int=n) for n in range(4))
    streams = [
        kind.stream_of(at, who) for kind in (Patient, Practitioner) for at in (here, there) for who in (one, other)
    ]
    assert len({*streams, here, there, one, other}) == len(streams) + 4
