"""Answers that are kept: given again until something changes, never to those they are not for, never in the clear."""

import asyncio
from typing import Any
from uuid import UUID

import psycopg
import pytest
import redis
from uuid_utils.compat import uuid7

from adapters.bootstrap import families
from adapters.vault.alarms import FORGED
from api.security import make_token
from application.kernel.context import Caller
from tests.api.billing import BASIC, PLANS, SUBSCRIPTIONS, plan
from tests.api.house import House
from tests.api.people import signed_up
from tests.api.test_people_search import ADA, PATIENTS
from tests.cache.ground import Looks, after, data, kept_in

CANARY = "Marigold-seldom-quartz"


async def chart_of(house: House, patient: UUID, *, note: bool = False) -> dict[str, str]:
    """Give a patient a chart; return the header that asks for it."""
    doctor = house.client("doctor", "counselor")
    body = {"patientId": str(patient), "allergen": CANARY, "severity": "Mild", "reaction": "Sneezing"}
    made = await doctor.post("/api/ehr/allergies", json=body)
    if note:
        said = {"patientId": str(patient), "sessionNote": "Slept better", "therapist": "T. Mocklin"}
        made = await doctor.post("/api/ehr/mental-health-notes", json=said)
    return after(made)


def whole(patient: UUID) -> str:
    return f"/api/ehr/comprehensive/{patient}"


class TestAnAnswer:
    @pytest.mark.requirement("R267")
    @pytest.mark.requirement("R022")
    async def test_is_kept_until_something_it_shows_changes(self, told: House) -> None:
        finance = told.client("finance_billing")
        made = await finance.post(PLANS, json=BASIC)
        looks = Looks("billing_plans")
        first = data(await finance.get(PLANS, headers=after(made)))
        assert data(await finance.get(PLANS)) == first
        assert looks.since()["hit"] == 1
        revised = await finance.put(f"{PLANS}/{first[0]['id']}", json=BASIC | {"amount": "89.50"})
        assert data(await finance.get(PLANS, headers=after(revised)))[0]["amount"] == "89.50"
        assert data(await finance.get(PLANS))[0]["amount"] == "89.50"
        assert looks.since()["hit"] == 2

    @pytest.mark.requirement("R268")
    @pytest.mark.requirement("R266")
    async def test_about_a_person_is_kept_and_lies_nowhere_in_the_clear(self, told: House, redis_url: str) -> None:
        patient = uuid7()
        wait = await chart_of(told, patient)
        doctor, looks = told.client("doctor"), Looks("ehr:comprehensive")
        shown = data(await doctor.get(whole(patient), headers=wait))
        assert CANARY in str(shown)
        assert data(await doctor.get(whole(patient))) == shown
        assert looks.since()["hit"] == 1
        kept = kept_in(redis_url)
        assert any(str(patient) in name for name in kept)
        assert not [name for name, value in kept.items() if CANARY.encode() in value or b"Sneezing" in value]

    @pytest.mark.requirement("R263")
    async def test_is_gone_after_its_time(self, told: House, redis_url: str) -> None:
        patient = uuid7()
        data(await told.client("doctor").get(whole(patient), headers=await chart_of(told, patient)))
        client: Any = redis.Redis.from_url(redis_url, protocol=2)
        [name] = [name for name in kept_in(redis_url) if str(patient) in name]
        assert 0 < client.ttl(name) <= families.COMPREHENSIVE.seconds
        client.close()

    async def test_that_time_alone_changes_is_kept_no_longer_than_that(self, told: House, redis_url: str) -> None:
        patient, doctor = uuid7(), told.client("doctor")
        body = {"patientId": str(patient), "name": "Atorvastatin", "startDate": "2026-01-01", "dosage": "20 mg"}
        made = data(await doctor.post("/api/ehr/medications", json=body), 201)
        assert made
        wait = await chart_of(told, patient)
        data(await doctor.get(whole(patient), headers=wait))
        assert [name for name in kept_in(redis_url) if f"comprehensive:{told.tenant}:{patient}" in name]

    @pytest.mark.requirement("R262")
    async def test_of_one_person_survives_what_happens_to_another(self, told: House) -> None:
        one, other = uuid7(), uuid7()
        doctor = told.client("doctor")
        data(await doctor.get(whole(one), headers=await chart_of(told, one)))
        data(await doctor.get(whole(other), headers=await chart_of(told, other)))
        looks = Looks("ehr:comprehensive")
        data(await doctor.get(whole(one)))
        assert looks.since() == {"hit": 1}

    async def test_never_hides_what_the_one_who_asks_has_just_done(self, told: House) -> None:
        receptionist = told.client("receptionist")
        plan_id = await plan(told, isUnlimitedAppointments=True, appointmentsIncluded=0)
        for _ in range(10):
            person = uuid7()
            made = await receptionist.post(SUBSCRIPTIONS, json={"userId": str(person), "planId": plan_id})
            url = f"{SUBSCRIPTIONS}/user/{person}"
            assert len(data(await receptionist.get(url, headers=after(made)))) == 1
            ended = await receptionist.post(f"{SUBSCRIPTIONS}/{data(made, 201)['id']}/cancel",
                                            json={"atPeriodEnd": False})  # fmt: skip
            assert data(await receptionist.get(url, headers=after(ended)))[0]["status"] == "CANCELLED"

    @pytest.mark.requirement("R018")
    @pytest.mark.requirement("R269")
    async def test_about_ones_own_account_shows_ones_own_change_at_once(self, told: House) -> None:
        person = await signed_up(told)
        me, looks = "/api/users/me", Looks("user")
        for name in ("Ana", "Bea", "Cleo", "Dora"):
            data(await person.client.put(me, json={"name": name}))
            assert data(await person.client.get(me))["name"] == name
        for _ in range(100):
            data(await person.client.get(me))
            if "hit" in looks.since():
                return
            await asyncio.sleep(0.02)
        pytest.fail("the account was never kept")

    async def test_that_was_made_before_the_position_waited_for_is_not_given(self, told: House) -> None:
        patient = uuid7()
        doctor = told.client("doctor")
        data(await doctor.get(whole(patient), headers=await chart_of(told, patient)))
        elsewhere = await told.client("finance_billing").post(PLANS, json=BASIC)
        looks = Looks("ehr:comprehensive")
        data(await doctor.get(whole(patient), headers=after(elsewhere)))
        assert looks.since() == {"behind": 1}


class TestASearch:
    @pytest.mark.requirement("R260", "R294")
    async def test_repeated_is_found_again_for_half_an_hour(self, told: House) -> None:
        nurse, looks = told.client("nurse"), Looks("user_search")
        made = await told.client("receptionist").post("/api/ehr/patients", json=ADA)
        first = data(await nurse.post(PATIENTS, json={"name": "ada"}, headers=after(made)))
        for _ in range(24):
            assert data(await nurse.post(PATIENTS, json={"name": "ada"})) == first
        found = looks.since()
        assert len(first) == 1
        assert found["hit"] / sum(found.values()) > 0.95
        assert families.USER_SEARCH.seconds == 30 * 60


class TestWhoMayNotSee:
    async def test_another_clinic_is_never_given_it(self, told: House) -> None:
        wait = after(await told.client("finance_billing").post(PLANS, json=BASIC))
        assert len(data(await told.client("finance_billing").get(PLANS, headers=wait))) == 1
        assert data(await told.client("finance_billing", tenant=uuid7()).get(PLANS, headers=wait)) == []

    async def test_who_may_see_less_is_given_less(self, told: House) -> None:
        patient = uuid7()
        wait = await chart_of(told, patient, note=True)
        for _ in range(2):
            counselor = data(await told.client("counselor").get(whole(patient), headers=wait))
            nurse = data(await told.client("nurse").get(whole(patient), headers=wait))
            assert "Slept better" in str(counselor)
            assert "Slept better" not in str(nurse)
            wait = {}

    async def test_a_patient_is_never_given_anothers(self, told: House) -> None:
        patient = uuid7()
        wait = await chart_of(told, patient)
        data(await told.client("doctor").get(whole(patient), headers=wait))
        assert (await told.client("patient").get(whole(patient))).status_code == 404
        assert (await told.client("finance_billing").get(whole(patient))).status_code == 403

    async def test_a_caller_held_to_one_person_is_given_no_more_than_without_the_cache(self, told: House) -> None:
        patient, other = uuid7(), uuid7()
        wait = await chart_of(told, patient)
        await chart_of(told, other)
        for target in (whole(patient), whole(other), PLANS):
            data(await told.client("clinic_admin").get(target, headers=wait))
        narrowed = Caller(told.tenant, patient, frozenset({"clinic_admin"}), scopes=frozenset({"patient/*.rs"}))
        client = told.anonymous()
        client.headers["Authorization"] = f"Bearer {make_token(told.services.identity.ring, narrowed)}"
        assert data(await client.get(whole(patient)))["patientId"] == str(patient)
        assert (await client.get(whole(other))).status_code == 404
        made = await told.client("finance_billing").post(PLANS, json=BASIC)
        data(await told.client("finance_billing").get(PLANS, headers=after(made)))
        assert (await client.get(PLANS)).status_code == 403

    async def test_every_look_at_a_kept_answer_is_on_record(self, told: House) -> None:
        patient, actor = uuid7(), uuid7()
        doctor = told.client("doctor", actor=actor)
        wait = await chart_of(told, patient)
        data(await doctor.get(whole(patient), headers=wait))
        data(await doctor.get(whole(patient)))
        with psycopg.connect(told.database_url) as connection:
            asked = "SELECT count(*) FROM access_log.entries e JOIN access_log.subjects s ON s.position = e.position"
            found = connection.execute(
                f"{asked} WHERE e.subject_id = %s AND s.subject_id = %s", (actor, patient)
            ).fetchone()
        assert found == (2,)


class TestWhatLiesThere:
    async def test_in_anothers_place_is_not_taken_for_theirs(self, told: House, redis_url: str) -> None:
        one, other = uuid7(), uuid7()
        doctor = told.client("doctor")
        await chart_of(told, one)
        wait = await chart_of(told, other)
        for patient in (one, other):
            data(await doctor.get(whole(patient), headers=wait))
        client: Any = redis.Redis.from_url(redis_url, protocol=2)
        kept = kept_in(redis_url)
        [mine] = [name for name in kept if str(one) in name]
        [theirs] = [name for name in kept if str(other) in name]
        client.set(mine, kept[theirs], ex=60)
        forged = FORGED._value.get()
        looks = Looks("ehr:comprehensive")
        assert data(await doctor.get(whole(one)))["patientId"] == str(one)
        assert looks.since() == {"closed": 1}
        assert FORGED._value.get() > forged
        client.close()

    async def test_is_not_believed_when_its_position_was_changed(self, told: House, redis_url: str) -> None:
        finance = told.client("finance_billing")
        wait = after(await finance.post(PLANS, json=BASIC))
        data(await finance.get(PLANS, headers=wait))
        client: Any = redis.Redis.from_url(redis_url, protocol=2)
        [name] = [name for name in kept_in(redis_url) if str(told.tenant) in name]
        entry = bytearray(kept_in(redis_url)[name])
        entry[2 + int.from_bytes(entry[:2], "big") - 3] ^= 1  # the last byte of the position
        client.set(name, bytes(entry), ex=60)
        looks = Looks("billing_plans")
        assert len(data(await finance.get(PLANS))) == 1
        assert "hit" not in looks.since()
        client.close()

    @pytest.mark.parametrize("nonsense", [b"", b"\x00", b"\x00\x05hello", b"\xff\xff" + b"x" * 99])
    async def test_that_is_nonsense_does_no_harm(self, told: House, redis_url: str, nonsense: bytes) -> None:
        finance = told.client("finance_billing")
        wait = after(await finance.post(PLANS, json=BASIC))
        data(await finance.get(PLANS, headers=wait))
        client: Any = redis.Redis.from_url(redis_url, protocol=2)
        [name] = [name for name in kept_in(redis_url) if str(told.tenant) in name]
        client.set(name, nonsense, ex=60)
        assert len(data(await finance.get(PLANS))) == 1
        client.close()

    @pytest.mark.requirement("R264")
    async def test_is_compressed_when_it_is_long(self, told: House, redis_url: str) -> None:
        finance = told.client("finance_billing")
        for number in range(40):
            wait = after(await finance.post(PLANS, json=BASIC | {"name": f"Plan {number}"}))
        answer = await finance.get(PLANS, headers=wait, params={"limit": 40})
        [kept] = [value for name, value in kept_in(redis_url).items() if str(told.tenant) in name]
        assert len(data(answer)) == 40
        assert len(kept) < len(answer.content) / 4


class TestErasure:
    async def test_leaves_nothing_of_the_person_there(self, told: House, redis_url: str) -> None:
        patient = uuid7()
        doctor = told.client("doctor")
        data(await doctor.get(whole(patient), headers=await chart_of(told, patient)))
        assert [name for name in kept_in(redis_url) if str(patient) in name]
        await told.services.personal_keys.close(told.tenant, patient)
        assert not [name for name in kept_in(redis_url) if str(patient) in name]
        assert CANARY not in str(data(await doctor.get(whole(patient))))
        assert not [name for name in kept_in(redis_url) if str(patient) in name]

    async def test_makes_unreadable_what_could_not_be_removed(self, told: House, redis_url: str) -> None:
        patient = uuid7()
        doctor = told.client("doctor")
        data(await doctor.get(whole(patient), headers=await chart_of(told, patient)))
        kept = kept_in(redis_url)
        await told.services.keys.close_subject(told.services.key_pool, told.tenant, patient)
        assert kept_in(redis_url) == kept
        looks = Looks("ehr:comprehensive")
        assert CANARY not in str(data(await doctor.get(whole(patient))))
        assert looks.since() == {"closed": 1}
