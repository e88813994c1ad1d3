"""Reminders of appointments: when they come, to whom, and when they do not."""

from datetime import UTC, datetime, timedelta

import pytest
from uuid_utils.compat import uuid7

from tests.api.house import House
from tests.api.scheduling import book, data, detail, notices, soon


class TestReminders:
    @pytest.mark.requirement("R380")
    @pytest.mark.requirement("R406")
    @pytest.mark.requirement("R407")
    @pytest.mark.requirement("R408")
    async def test_come_a_day_two_hours_and_half_an_hour_before_once_each(self, house: House) -> None:
        desk, patient = house.client("receptionist"), uuid7()
        made = await book(desk, patient, uuid7(), outright=True)
        await house.drain(at=datetime.now(UTC) + timedelta(days=10))
        await house.drain(at=datetime.now(UTC) + timedelta(days=10))
        assert notices(house) == [(f"visit-reminder-{lead}", str(patient)) for lead in ("24h", "2h", "30m")]
        assert (await detail(house, desk, made["id"]))["version"] == 4

    async def test_of_a_home_visit_go_to_who_travels_too(self, house: House) -> None:
        desk, patient, doctor = house.client("receptionist"), uuid7(), uuid7()
        await book(desk, patient, doctor, outright=True, type="HOME_VISIT")
        await house.drain(at=datetime.now(UTC) + timedelta(days=10))
        assert {to for _, to in notices(house)} == {str(patient), str(doctor)}
        assert len(notices(house)) == 6

    async def test_do_not_come_for_what_is_held_cancelled_or_moved_away(self, house: House) -> None:
        desk = house.client("receptionist")
        await book(desk, uuid7(), uuid7())
        gone = await book(desk, uuid7(), uuid7(), outright=True)
        await desk.delete(f"/api/appointments/{gone['id']}")
        moved = await book(desk, uuid7(), uuid7(), outright=True)
        sent = {"starts": soon(20).isoformat()}
        data(await desk.put(f"/api/appointments/{moved['id']}", json=sent))
        await house.drain(at=datetime.now(UTC) + timedelta(days=10))
        assert notices(house) == []

    async def test_whose_time_had_passed_when_it_was_booked_do_not_come(self, house: House) -> None:
        desk = house.client("receptionist")
        starts = datetime.now(UTC) + timedelta(hours=1)
        sent = {"patientId": str(uuid7()), "doctorId": str(uuid7()), "date": starts.isoformat(), "outright": True}
        data(await desk.post("/api/appointments", json=sent), 201)
        await house.drain(at=datetime.now(UTC) + timedelta(days=10))
        assert [template for template, _ in notices(house)] == ["visit-reminder-30m"]
