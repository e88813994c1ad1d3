"""Appointments over HTTP: one wins a time, holds run out, moves and cancellations free it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from tests.api.house import House
from tests.api.scheduling import LISBON, body, book, data, detail, refusal, soon, where_it_is_noon


class TestBooking:
    @pytest.mark.requirement("R178")
    @pytest.mark.requirement("R188")
    @pytest.mark.requirement("R491")
    async def test_takes_the_payload_of_the_clinics_as_it_is(self, house: House) -> None:
        date = (datetime.now(UTC) + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
        payload = {
            "patientId": str(uuid7()), "doctorId": str(uuid7()), "clinicId": str(house.tenant), "type": "IN_PERSON",
            "date": date.isoformat().replace("+00:00", "Z"),
        }  # fmt: skip
        made = data(await house.client("receptionist").post("/api/appointments", json=payload), 201)
        assert (made["status"], made["zone"], made["date"]) == ("PENDING", "UTC", payload["date"])
        assert made["holdExpiresAt"] is not None

    async def test_of_another_clinic_is_not_there(self, house: House) -> None:
        sent = body(uuid7(), uuid7(), clinicId=str(uuid7()))
        refusal(await house.client("receptionist").post("/api/appointments", json=sent), 404, "not-found")

    @pytest.mark.requirement("R048")
    @pytest.mark.requirement("R521")
    async def test_of_one_time_by_many_at_once_has_one_winner_and_tells_the_others_what_is_free(
        self, house: House
    ) -> None:
        desk, doctor, starts = house.client("receptionist"), uuid7(), soon()
        answers = await asyncio.gather(
            *(
                desk.post("/api/appointments", json=body(uuid7(), doctor, starts + timedelta(minutes=5 * (n % 3))))
                for n in range(12)
            )
        )
        assert sorted(a.status_code for a in answers) == [201] + [409] * 11
        loser = next(a for a in answers if a.status_code == 409)
        error = refusal(loser, 409, "slot-taken")
        offers = error["details"]["next_free"]
        assert len(offers) == 5
        again = {**body(uuid7(), doctor), "starts": offers[0]["starts"], "zone": offers[0]["zone"]}
        data(await desk.post("/api/appointments", json=again), 201)

    async def test_is_done_once_under_one_idempotency_key(self, house: House) -> None:
        desk, sent = house.client("receptionist"), body(uuid7(), uuid7())
        first, second = [
            data(await desk.post("/api/appointments", json=sent, headers={"Idempotency-Key": "k"}), 201)
            for _ in range(2)
        ]
        assert first == second

    @pytest.mark.parametrize(
        ("more", "code"),
        [
            ({"starts": "2020-01-01T10:00"}, "starts-in-past"),
            ({"starts": "0001-01-01T00:00"}, "unsound-times"),
            ({"starts": "2027-03-28T01:30"}, "no-such-time"),
            ({"zone": "Lisbon"}, "unknown-zone"),
            ({"date": "2027-01-01T10:00:00Z"}, "invalid"),
            ({"isFollowUp": True}, "unsound-link"),
            ({"parentAppointmentId": str(uuid7())}, "unsound-link"),
            ({"price": "1.999", "currency": "EUR"}, "unsound-amount"),
            ({"minutes": 0}, "invalid-request"),
            ({"type": "TEA"}, "invalid-request"),
            ({"color": "blue"}, "invalid-request"),
        ],
    )
    async def test_that_cannot_be_is_refused_with_its_reason(
        self, house: House, more: dict[str, Any], code: str
    ) -> None:
        sent = body(uuid7(), uuid7()) | more
        refusal(await house.client("receptionist").post("/api/appointments", json=sent), 422, code)

    @pytest.mark.requirement("R466")
    @pytest.mark.requirement("R187")
    async def test_keeps_what_was_said_and_shows_it_again(self, house: House) -> None:
        desk, series = house.client("receptionist"), str(uuid7())
        made = await book(
            desk, uuid7(), uuid7(), outright=True, price="45.00", currency="EUR", notes="Second knee",
            seriesId=series, seriesSequence=2, type="SHIRODHARA",
        )  # fmt: skip
        seen = await detail(house, desk, made["id"])
        assert (seen["status"], seen["notes"], seen["price"], seen["price_cents"]) == (
            "SCHEDULED", "Second knee", "45.00", 4500,
        )  # fmt: skip
        assert (seen["seriesId"], seen["seriesSequence"], seen["type"]) == (series, 2, "SHIRODHARA")
        assert (seen["starts"], seen["zone"]) == (soon().isoformat(timespec="minutes"), LISBON)


class TestOverbooking:
    async def test_gives_another_seat_with_a_reason_to_whom_it_is_allowed(self, house: House) -> None:
        desk, doctor = house.client("receptionist"), uuid7()
        await book(desk, uuid7(), doctor)
        overbook = {"code": "URGENT", "reason": "Fever since last night"}
        made = await book(desk, uuid7(), doctor, overbook=overbook)
        seen = await detail(house, desk, made["id"])
        assert (seen["overbooked"], seen["overbookingCode"]) == (True, "URGENT")
        assert seen["overbookingReason"] == overbook["reason"]

    async def test_is_not_a_patients_to_decide(self, house: House) -> None:
        patient = uuid7()
        sent = body(patient, uuid7(), overbook={"code": "URGENT"})
        refusal(await house.client("patient", actor=patient).post("/api/appointments", json=sent), 403, "not-permitted")


class TestLife:
    @pytest.mark.requirement("R169")
    @pytest.mark.requirement("R495")
    async def test_goes_from_hold_to_completion(self, house: House) -> None:
        doctor = uuid7()
        clinic, soon_after = house.client("doctor", actor=doctor), datetime.now(UTC) + timedelta(minutes=1)
        sent = {
            "patientId": str(uuid7()),
            "doctorId": str(doctor),
            "date": soon_after.isoformat(),
            "zone": where_it_is_noon(),
            "type": "VIDEO_CALL",
        }
        made = data(await clinic.post("/api/appointments", json=sent), 201)
        url = f"/api/appointments/{made['id']}"
        states = [
            data(await clinic.post(f"{url}/{act}"))["status"] for act in ("confirm", "check-in", "start", "complete")
        ]
        assert states == ["CONFIRMED", "CHECKED_IN", "IN_PROGRESS", "COMPLETED"]
        refusal(await clinic.delete(url), 409, "illegal-transition")

    async def test_a_hold_runs_out_and_its_time_is_free_again(self, house: House) -> None:
        desk, doctor = house.client("receptionist"), uuid7()
        made = await book(desk, uuid7(), doctor)
        refusal(await desk.post("/api/appointments", json=body(uuid7(), doctor)), 409, "slot-taken")
        await house.drain(at=datetime.now(UTC) + timedelta(minutes=31))
        assert (await detail(house, desk, made["id"]))["status"] == "EXPIRED"
        refusal(await desk.post(f"/api/appointments/{made['id']}/confirm"), 409, "illegal-transition")
        await book(desk, uuid7(), doctor)

    async def test_a_confirmed_hold_does_not_run_out(self, house: House) -> None:
        desk = house.client("receptionist")
        made = await book(desk, uuid7(), uuid7())
        data(await desk.post(f"/api/appointments/{made['id']}/confirm"))
        await house.drain(at=datetime.now(UTC) + timedelta(minutes=31))
        assert (await detail(house, desk, made["id"]))["status"] == "CONFIRMED"

    @pytest.mark.requirement("R494")
    async def test_moving_frees_the_old_time_and_takes_the_new(self, house: House) -> None:
        desk, doctor, later = house.client("receptionist"), uuid7(), soon(hour=10, minute=15)
        made = await book(desk, uuid7(), doctor, outright=True)
        moved = await desk.put(f"/api/appointments/{made['id']}", json={"starts": later.isoformat()})
        assert data(moved)["starts"] == later.isoformat(timespec="minutes")
        await book(desk, uuid7(), doctor, minutes=15)
        refusal(await desk.post("/api/appointments", json=body(uuid7(), doctor, later)), 409, "slot-taken")

    async def test_moving_onto_another_is_refused_and_changes_nothing(self, house: House) -> None:
        desk, doctor, later = house.client("receptionist"), uuid7(), soon(hour=12)
        made = await book(desk, uuid7(), doctor)
        await book(desk, uuid7(), doctor, later)
        sent = {"starts": later.isoformat(), "zone": LISBON}
        refusal(await desk.put(f"/api/appointments/{made['id']}", json=sent), 409, "slot-taken")
        assert (await detail(house, desk, made["id"]))["moves"] == 0

    async def test_moving_what_someone_else_has_changed_is_refused(self, house: House) -> None:
        desk = house.client("receptionist")
        made = await book(desk, uuid7(), uuid7())
        url = f"/api/appointments/{made['id']}"
        data(await desk.post(f"{url}/confirm", headers={"If-Match": '"1"'}))
        sent = {"starts": soon(hour=15).isoformat()}
        refusal(await desk.put(url, json=sent, headers={"If-Match": '"1"'}), 412, "version-mismatch")
        data(await desk.put(url, json=sent, headers={"If-Match": '"2"'}))

    @pytest.mark.requirement("R494")
    async def test_cancelling_keeps_the_reason_sealed_and_frees_the_time(self, house: House) -> None:
        desk, doctor = house.client("receptionist"), uuid7()
        made = await book(desk, uuid7(), doctor)
        sent = {"status": "cancelled", "reasonCode": "CLINIC_CLOSED", "reason": "A burst pipe"}
        data(await desk.put(f"/api/appointments/{made['id']}", json=sent))
        seen = await detail(house, desk, made["id"])
        assert (seen["status"], seen["cancellationCode"], seen["cancelledBy"], seen["reason"]) == (
            "CANCELLED", "CLINIC_CLOSED", "STAFF", "A burst pipe",
        )  # fmt: skip
        await book(desk, uuid7(), doctor)

    @pytest.mark.parametrize(
        "sent", [{}, {"status": "CANCELLED", "minutes": 45}, {"reasonCode": "OTHER", "minutes": 45}]
    )
    async def test_a_change_is_a_move_or_a_cancellation(self, house: House, sent: dict[str, Any]) -> None:
        desk = house.client("receptionist")
        made = await book(desk, uuid7(), uuid7())
        refusal(await desk.put(f"/api/appointments/{made['id']}", json=sent), 422, "invalid")
