"""What is seen of appointments: patients see their own; chains, lists, days and figures."""

import asyncio
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from tests.api.house import House
from tests.api.scheduling import body, book, data, refusal, soon


class TestPatients:
    @pytest.mark.requirement("R492")
    @pytest.mark.requirement("R493")
    async def test_see_and_touch_their_own_and_nobody_elses(self, house: House) -> None:
        me, other, doctor = uuid7(), uuid7(), uuid7()
        mine, theirs = house.client("patient", actor=me), house.client("patient", actor=other)
        made = await book(mine, me, doctor)
        url = f"/api/appointments/{made['id']}"
        await asyncio.to_thread(house.project)
        assert [a["id"] for a in data(await mine.get("/api/appointments"))] == [made["id"]]
        assert data(await theirs.get("/api/appointments")) == []
        refusal(await theirs.get(f"/api/appointments?patientId={me}"), 404, "not-found")
        for asked in (theirs.get(url), theirs.get(f"{url}/chain"), theirs.delete(url), theirs.post(f"{url}/confirm")):
            refusal(await asked, 404, "not-found")
        refusal(await theirs.put(url, json={"minutes": 45}), 404, "not-found")
        refusal(await theirs.post("/api/appointments", json=body(me, doctor)), 404, "not-found")
        day = f"/api/schedule/{doctor}/day?date={soon().date()}"
        assert len(data(await mine.get(day))["appointments"]) == 1
        assert data(await theirs.get(day))["appointments"] == []
        assert data(await mine.delete(url))["status"] == "CANCELLED"

    @pytest.mark.parametrize("more", [{"outright": True}, {"holdMinutes": 60}, {"price": 0, "currency": "EUR"}])
    @pytest.mark.requirement("R333")
    async def test_do_not_set_the_terms(self, house: House, more: dict[str, Any]) -> None:
        me = uuid7()
        sent = body(me, uuid7(), **more)
        refusal(await house.client("patient", actor=me).post("/api/appointments", json=sent), 403, "not-permitted")

    async def test_of_another_tenant_are_not_there(self, house: House) -> None:
        made = await book(house.client("receptionist"), uuid7(), uuid7())
        await asyncio.to_thread(house.project)
        stranger = house.client("clinic_admin", tenant=uuid7())
        refusal(await stranger.get(f"/api/appointments/{made['id']}"), 404, "not-found")
        refusal(await stranger.delete(f"/api/appointments/{made['id']}"), 404, "not-found")


class TestChain:
    @pytest.mark.requirement("R172")
    @pytest.mark.requirement("R180")
    @pytest.mark.requirement("R186")
    async def test_names_what_an_appointment_follows_and_what_follows_it(self, house: House) -> None:
        desk, patient, doctor = house.client("receptionist"), uuid7(), uuid7()
        first = await book(desk, patient, doctor, soon(2))
        second = await book(desk, patient, doctor, soon(3), parentAppointmentId=first["id"])
        third = await book(desk, patient, doctor, soon(4), parentAppointmentId=second["id"])
        fork = await book(desk, patient, doctor, soon(5), parentAppointmentId=second["id"])
        await asyncio.to_thread(house.project)
        links = data(await desk.get(f"/api/appointments/{second['id']}/chain"))
        assert [(link["place"], link["id"], link["isFollowUp"]) for link in links] == [
            (-1, first["id"], False), (0, second["id"], True), (1, third["id"], True), (1, fork["id"], True),
        ]  # fmt: skip

    async def test_cannot_lead_to_another_patient(self, house: House) -> None:
        desk = house.client("receptionist")
        first = await book(desk, uuid7(), uuid7())
        sent = body(uuid7(), uuid7(), parentAppointmentId=first["id"])
        refusal(await desk.post("/api/appointments", json=sent), 422, "unsound-link")


class TestLists:
    async def test_show_what_is_to_come_soonest_first(self, house: House) -> None:
        desk, doctor = house.client("receptionist"), uuid7()
        made = [await book(desk, uuid7(), doctor, soon(days)) for days in (4, 2, 3)]
        await desk.delete(f"/api/appointments/{made[2]['id']}")
        await asyncio.to_thread(house.project)
        coming = data(await desk.get("/api/appointments/upcoming"))
        assert [a["id"] for a in coming] == [made[1]["id"], made[0]["id"]]
        listed = await desk.get(f"/api/appointments?practitionerId={doctor}&limit=2&status=PENDING&status=CANCELLED")
        assert [a["id"] for a in data(listed)] == [made[0]["id"], made[2]["id"]]
        meta = listed.json()["meta"]
        assert (meta["page"], meta["limit"], meta["total"], meta["pages"]) == (1, 2, 3, 2)

    async def test_of_a_day_go_by_the_clock_and_leave_out_what_is_called_off(self, house: House) -> None:
        desk, doctor = house.client("receptionist"), uuid7()
        late, early = [await book(desk, uuid7(), doctor, soon(hour=hour)) for hour in (16, 9)]
        gone = await book(desk, uuid7(), doctor, soon(hour=11))
        last = await desk.delete(f"/api/appointments/{gone['id']}")
        await asyncio.to_thread(house.project)
        url = f"/api/schedule/{doctor}/day?date={soon().date()}"
        seen = data(await desk.get(url, headers={"X-Wait-For": last.headers["X-Position"]}))["appointments"]
        assert [entry["id"] for entry in seen] == [early["id"], late["id"]]
        assert len(data(await desk.get(f"{url}&withCancelled=true"))["appointments"]) == 3


class TestFigures:
    async def test_count_what_became_of_appointments_and_name_no_patient(self, house: House) -> None:
        desk, doctor = house.client("receptionist"), uuid7()
        made = [await book(desk, uuid7(), doctor, soon(3, hour)) for hour in (9, 10, 11)]
        last = await desk.delete(f"/api/appointments/{made[0]['id']}")
        await asyncio.to_thread(house.project)
        asked = f"/api/analytics/appointments?from={soon().date()}&to={soon().date()}&by=type"
        found = data(await house.client("analyst").get(asked))
        assert found["asOfPosition"] == int(last.headers["X-Position"])
        (group,) = found["groups"]
        assert (group["group"], group["appointments"], group["cancelled"], group["noShows"]) == ("IN_PERSON", 3, 1, 0)
        assert "patient" not in str(found)
        refusal(await desk.get(asked), 403, "not-permitted")
