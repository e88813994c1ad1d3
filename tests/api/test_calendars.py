"""Working hours over HTTP: what they offer, what they refuse, whose they are."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from tests.api.house import House
from tests.api.scheduling import LISBON, body, book, data, refusal, soon


class TestCalendar:
    HOURS = {"zone": LISBON, "hours": [{"weekday": d, "opens": "09:00", "closes": "10:00"} for d in range(7)]}

    @pytest.mark.requirement("R044")
    @pytest.mark.requirement("R488")
    async def test_offers_hours_less_what_is_taken_and_blocked(self, house: House) -> None:
        me = uuid7()
        doctor, first = house.client("doctor", actor=me), soon(3, hour=9)
        url = f"/api/practitioners/{me}"
        data(await doctor.put(f"{url}/working-hours", json=self.HOURS))
        blocked = first.date() + timedelta(days=1)
        data(await doctor.post(f"{url}/blocked-dates", json={"date": str(blocked), "reason": "A wedding"}), 201)
        await book(doctor, uuid7(), me, first + timedelta(minutes=30), minutes=15)
        await asyncio.to_thread(house.project)
        asked = f"{url}/free-times?from={first.date()}&to={blocked + timedelta(days=1)}&minutes=15"
        times = [t["starts"] for t in data(await house.client("patient").get(asked))["times"]]
        third = blocked + timedelta(days=1)
        assert times == [f"{first.date()}T09:{m}" for m in ("00", "15", "45")] + [
            f"{third}T09:{m}" for m in ("00", "15", "30", "45")
        ]
        data(await doctor.delete(f"{url}/blocked-dates/{blocked}"))
        await asyncio.to_thread(house.project)
        kept = await doctor.get(f"{url}/working-hours")
        assert (data(kept)["blockedDates"], data(kept)["version"]) == ([], 3)
        assert len(data(await doctor.get(asked))["times"]) == 11

    async def test_knows_no_free_times_without_hours(self, house: House) -> None:
        found = data(await house.client("patient").get(f"/api/practitioners/{uuid7()}/free-times"))
        assert (found["workingHoursSet"], found["times"]) == (False, [])

    @pytest.mark.requirement("R047")
    async def test_refuses_booking_outside_the_hours(self, house: House) -> None:
        admin, doctor = house.client("clinic_admin"), uuid7()
        data(await admin.put(f"/api/practitioners/{doctor}/working-hours", json=self.HOURS))
        sent = body(uuid7(), doctor, soon(hour=9, minute=45))
        refusal(await admin.post("/api/appointments", json=sent), 422, "slot-outside-hours")

    async def test_offers_the_loser_times_within_the_hours(self, house: House) -> None:
        admin, doctor = house.client("clinic_admin"), uuid7()
        data(await admin.put(f"/api/practitioners/{doctor}/working-hours", json=self.HOURS))
        await book(admin, uuid7(), doctor, soon(hour=9, minute=30))
        error = refusal(
            await admin.post("/api/appointments", json=body(uuid7(), doctor, soon(hour=9, minute=15))),
            409,
            "slot-taken",
        )
        days = [offer["starts"] for offer in error["details"]["next_free"]]
        following = [soon(4, 9, m).isoformat(timespec="minutes") for m in (0, 15, 30)]
        assert days[:3] == following

    async def test_lets_as_many_in_at_once_as_the_capacity_says(self, house: House) -> None:
        admin, doctor = house.client("clinic_admin"), uuid7()
        group = self.HOURS | {"capacity": 3}
        data(await admin.put(f"/api/practitioners/{doctor}/working-hours", json=group))
        sent = [body(uuid7(), doctor, soon(hour=9)) for _ in range(6)]
        answers = await asyncio.gather(*(admin.post("/api/appointments", json=one) for one in sent))
        assert sorted(a.status_code for a in answers) == [201] * 3 + [409] * 3

    async def test_asks_those_who_book_for_themselves_for_notice(self, house: House) -> None:
        admin, doctor, me = house.client("clinic_admin"), uuid7(), uuid7()
        strict = self.HOURS | {"noticeMinutes": 7 * 24 * 60, "windowDays": 10}
        data(await admin.put(f"/api/practitioners/{doctor}/working-hours", json=strict))
        patient = house.client("patient", actor=me)
        near, far = body(me, doctor, soon(2, 9)), body(me, doctor, soon(12, 9))
        refusal(await patient.post("/api/appointments", json=near), 422, "notice-too-short")
        refusal(await patient.post("/api/appointments", json=far), 422, "beyond-booking-window")
        data(await admin.post("/api/appointments", json=near), 201)

    async def test_is_its_practitioners_own(self, house: House) -> None:
        url = f"/api/practitioners/{uuid7()}/working-hours"
        refusal(await house.client("doctor").put(url, json=self.HOURS), 404, "not-found")
        refusal(await house.client("patient").put(url, json=self.HOURS), 403, "not-permitted")
        data(await house.client("receptionist").put(url, json=self.HOURS))
        refusal(await house.client("doctor").put(url, json=self.HOURS), 403, "not-permitted")

    @pytest.mark.parametrize("window", [{"weekday": 7, "opens": "09:00", "closes": "10:00"},
                                        {"weekday": "Monday", "opens": "10:00", "closes": "09:00"}])  # fmt: skip
    async def test_refuses_hours_that_cannot_be(self, house: House, window: dict[str, Any]) -> None:
        sent = {"zone": LISBON, "hours": [window]}
        answer = await house.client("clinic_admin").put(f"/api/practitioners/{uuid7()}/working-hours", json=sent)
        assert answer.status_code == 422
