"""Plans, subscriptions and booking on them over HTTP."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from application.billing.renew_subscription import CatchUpSubscription
from application.scheduling.cancel_appointment import CancelAppointment
from domain.scheduling.kinds import AppointmentType, CancellationCode
from tests.api.billing import (
    BASIC,
    PATIENT,
    PLANS,
    SUBSCRIPTIONS,
    act,
    appointment,
    data,
    error,
    hold,
    invoices_of,
    plan,
    subscribed,
)
from tests.api.house import House


class TestPlans:
    @pytest.mark.requirement("R129")
    @pytest.mark.requirement("R144")
    async def test_are_created_read_revised_and_withdrawn(self, house: House) -> None:
        finance = house.client("finance_billing")
        made = await finance.post(PLANS, json=BASIC)
        plan_id = data(made, 201)["id"]
        house.project()
        view = data(await finance.get(f"{PLANS}/{plan_id}", headers={"X-Wait-For": made.headers["x-position"]}))
        assert (view["amount"], view["amount_cents"], view["currency"]) == ("79.00", 7900, "INR")
        assert view["appointmentTypes"] == {"IN_PERSON": True, "VIDEO_CALL": False}
        revised = await finance.put(f"{PLANS}/{plan_id}", json=BASIC | {"amount": "89.50"}, headers={"If-Match": '"1"'})
        assert data(revised)["version"] == 2
        stale = await finance.put(f"{PLANS}/{plan_id}", json=BASIC, headers={"If-Match": '"1"'})
        assert error(stale, 412)["code"] == "version-mismatch"
        data(await finance.delete(f"{PLANS}/{plan_id}"))
        house.project()
        assert data(await finance.get(PLANS)) == []
        withdrawn = data(await finance.get(PLANS, params={"archived": True}))
        assert [(p["amount_cents"], p["isActive"]) for p in withdrawn] == [(8950, False)]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"amount": "79.001"},
            {"amount": None},
            {"amount_cents": 7901},
            {"interval": "FORTNIGHTLY"},
            {"intervalCount": 0},
            {"isUnlimitedAppointments": True},
            {"appointmentTypes": {"HUG": True}},
            {"currency": "rupees"},
            {"surprise": 1},
        ],
    )
    async def test_that_make_no_sense_are_refused(self, house: House, wrong: dict[str, Any]) -> None:
        error(await house.client("finance_billing").post(PLANS, json=BASIC | wrong), 422)

    async def test_are_not_for_patients_to_make(self, house: House) -> None:
        error(await house.client("patient").post(PLANS, json=BASIC), 403)

    async def test_of_another_clinic_are_not_there(self, house: House) -> None:
        plan_id = await plan(house)
        house.project()
        error(await house.client("finance_billing", tenant=uuid4()).get(f"{PLANS}/{plan_id}"), 404)


class TestSubscribing:
    @pytest.mark.requirement("R130")
    @pytest.mark.requirement("R131")
    @pytest.mark.requirement("R132")
    async def test_gives_the_person_an_active_subscription_on_the_terms_of_the_plan(self, house: House) -> None:
        patient = house.client("patient", actor=PATIENT)
        body = {"userId": str(PATIENT), "planId": await plan(house), "clinicId": str(house.tenant)}
        made = await patient.post(SUBSCRIPTIONS, json=body)
        house.project()
        wait = {"X-Wait-For": made.headers["x-position"]}
        view = data(await patient.get(f"{SUBSCRIPTIONS}/user/{PATIENT}/active", headers=wait))
        assert view["id"] == data(made, 201)["id"]
        assert (view["status"], view["appointmentsUsed"], view["appointmentsRemaining"]) == ("ACTIVE", 0, 2)
        assert view["currentPeriodStart"] == datetime.now(UTC).date().isoformat()

    async def test_at_another_clinic_than_ones_own_is_refused(self, house: House) -> None:
        body = {"userId": str(PATIENT), "planId": await plan(house), "clinicId": str(uuid4())}
        error(await house.client("patient", actor=PATIENT).post(SUBSCRIPTIONS, json=body), 404)

    async def test_of_somebody_else_is_refused_to_a_patient(self, house: House) -> None:
        body = {"userId": str(uuid4()), "planId": await plan(house)}
        error(await house.client("patient", actor=PATIENT).post(SUBSCRIPTIONS, json=body), 404)

    async def test_of_one_person_many_times_at_once_makes_one_subscription(self, house: House) -> None:
        reception, body = house.client("receptionist"), {"userId": str(PATIENT), "planId": await plan(house)}
        answers = await asyncio.gather(*(reception.post(SUBSCRIPTIONS, json=body) for _ in range(6)))
        assert sorted(a.status_code for a in answers) == [201, 409, 409, 409, 409, 409]
        assert {a.json()["error"]["code"] for a in answers if a.status_code == 409} == {"already-subscribed"}

    async def test_again_is_possible_once_the_first_is_over(self, house: House) -> None:
        first = await subscribed(house)
        gone = await house.client("patient", actor=PATIENT).post(
            f"{SUBSCRIPTIONS}/{first}/cancel", json={"atPeriodEnd": False}
        )
        assert data(gone)["status"] == "CANCELLED"
        second = await subscribed(house)
        listed = data(await house.client("receptionist").get(f"{SUBSCRIPTIONS}/user/{PATIENT}"))
        assert [(s["id"], s["status"]) for s in listed] == [(second, "ACTIVE"), (first, "CANCELLED")]

    async def test_to_a_withdrawn_plan_is_refused(self, house: House) -> None:
        plan_id = await plan(house)
        data(await house.client("finance_billing").delete(f"{PLANS}/{plan_id}"))
        body = {"userId": str(PATIENT), "planId": plan_id}
        assert error(await house.client("receptionist").post(SUBSCRIPTIONS, json=body), 409)["code"] == "plan-archived"

    @pytest.mark.requirement("R116")
    async def test_with_a_trial_is_free_until_it_ends(self, house: House) -> None:
        subscription = await subscribed(house, trialDays=14)
        assert await invoices_of(house) == []
        after = await act(
            house, CatchUpSubscription(subscription_id=UUID(subscription)), datetime.now(UTC) + timedelta(days=14)
        )
        assert after.answer["status"] == "ACTIVE"
        await house.drain()
        assert [i["period"] for i in await invoices_of(house)] == [1]


class TestBookingOnASubscription:
    @pytest.mark.requirement("R142")
    @pytest.mark.requirement("R134")
    @pytest.mark.requirement("R133")
    @pytest.mark.requirement("R347")
    async def test_uses_the_quota_until_it_is_exhausted(self, house: House) -> None:
        subscription, patient = await subscribed(house), house.client("patient", actor=PATIENT)
        booking = f"{SUBSCRIPTIONS}/{subscription}/book-appointment"
        first, second, third = [await appointment(house) for _ in range(3)]
        assert data(await patient.post(f"{booking}/{first}"))["appointmentsRemaining"] == 1
        assert data(await patient.post(f"{booking}/{first}"))["appointmentsRemaining"] == 1
        assert data(await patient.post(f"{booking}/{second}"))["appointmentsRemaining"] == 0
        refused = error(await patient.post(f"{booking}/{third}"), 403)
        assert refused["code"] == "quota-exhausted"
        assert refused["details"] == {
            "resourceType": "appointments", "limit": 2, "current": 2, "upgradeRequired": True,
        }  # fmt: skip
        asked = data(await patient.get(f"{SUBSCRIPTIONS}/{subscription}/can-book-appointment"))
        assert (asked["canBook"], asked["code"], asked["appointmentsUsed"]) == (False, "quota-exhausted", 2)

    @pytest.mark.requirement("R118")
    @pytest.mark.requirement("R333")
    async def test_by_many_at_once_never_uses_more_than_is_included(self, house: House) -> None:
        subscription, reception = await subscribed(house), house.client("receptionist")
        booked = [await appointment(house) for _ in range(7)]
        answers = await asyncio.gather(
            *(reception.post(f"{SUBSCRIPTIONS}/{subscription}/book-appointment/{a}") for a in booked)
        )
        assert sorted(a.status_code for a in answers) == [200, 200, 403, 403, 403, 403, 403]
        house.project()
        view = data(await reception.get(f"{SUBSCRIPTIONS}/{subscription}"))
        assert (view["appointmentsUsed"], view["appointmentsRemaining"]) == (2, 0)

    @pytest.mark.requirement("R142")
    async def test_gives_the_place_back_when_the_appointment_is_cancelled(self, house: House) -> None:
        subscription, patient = await subscribed(house), house.client("patient", actor=PATIENT)
        booked = await appointment(house)
        data(await patient.post(f"{SUBSCRIPTIONS}/{subscription}/book-appointment/{booked}"))
        await act(house, CancelAppointment(appointment_id=booked, code=CancellationCode.CLINIC_CLOSED))
        await house.drain()
        stats = data(await patient.get(f"{SUBSCRIPTIONS}/{subscription}/usage-stats"))
        assert (stats["appointmentsUsed"], stats["appointmentsRemaining"], stats["percentUsed"]) == (0, 2, 0)
        assert stats["usage"] == [
            {"period": 1, "appointmentType": "IN_PERSON", "booked": 1, "released": 1, "used": 0}
        ]  # fmt: skip

    @pytest.mark.requirement("R135")
    async def test_can_be_taken_back_by_hand_once(self, house: House) -> None:
        subscription, patient = await subscribed(house), house.client("patient", actor=PATIENT)
        booked = await appointment(house)
        data(await patient.post(f"{SUBSCRIPTIONS}/{subscription}/book-appointment/{booked}"))
        off = f"/api/billing/appointments/{booked}/cancel-subscription"
        assert data(await patient.post(off))["appointmentsRemaining"] == 2
        assert error(await patient.post(off), 409)["code"] == "appointment-not-on-subscription"

    async def test_cannot_be_taken_back_once_the_appointment_took_place(self, house: House) -> None:
        subscription, patient = await subscribed(house), house.client("patient", actor=PATIENT)
        booked = await appointment(house)
        data(await patient.post(f"{SUBSCRIPTIONS}/{subscription}/book-appointment/{booked}"))
        await hold(house, booked)
        refused = await patient.post(f"/api/billing/appointments/{booked}/cancel-subscription")
        assert error(refused, 409)["code"] == "appointment-used"

    @pytest.mark.requirement("R144")
    async def test_of_a_type_the_plan_leaves_out_is_refused(self, house: House) -> None:
        subscription, patient = await subscribed(house), house.client("patient", actor=PATIENT)
        video = await appointment(house, kind=AppointmentType.VIDEO_CALL)
        refused = error(await patient.post(f"{SUBSCRIPTIONS}/{subscription}/book-appointment/{video}"), 403)
        assert refused["code"] == "appointment-type-not-covered"
        asked = await patient.get(f"{SUBSCRIPTIONS}/{subscription}/can-book-appointment", params={"type": "VIDEO_CALL"})
        assert data(asked)["canBook"] is False

    @pytest.mark.requirement("R349")
    async def test_needs_a_subscription_that_runs(self, house: House) -> None:
        subscription, reception = await subscribed(house), house.client("receptionist")
        data(await reception.post(f"{SUBSCRIPTIONS}/{subscription}/pause"))
        booking = f"{SUBSCRIPTIONS}/{subscription}/book-appointment/{await appointment(house)}"
        assert error(await reception.post(booking), 402)["code"] == "subscription-required"
        assert data(await reception.post(f"{SUBSCRIPTIONS}/{subscription}/resume"))["status"] == "ACTIVE"
        assert data(await reception.post(booking))["appointmentsUsed"] == 1

    async def test_of_another_persons_appointment_is_refused(self, house: House) -> None:
        subscription, other = await subscribed(house), await appointment(house, patient=uuid4())
        refused = await house.client("receptionist").post(f"{SUBSCRIPTIONS}/{subscription}/book-appointment/{other}")
        assert error(refused, 422)["code"] == "not-the-subscribers-appointment"

    async def test_of_another_patient_is_not_there(self, house: House) -> None:
        subscription, stranger = await subscribed(house), house.client("patient")
        for path in ("", "/can-book-appointment", "/usage-stats"):
            error(await stranger.get(f"{SUBSCRIPTIONS}/{subscription}{path}"), 404)
        error(await stranger.post(f"{SUBSCRIPTIONS}/{subscription}/cancel"), 404)
        error(await stranger.get(f"{SUBSCRIPTIONS}/user/{PATIENT}"), 404)
