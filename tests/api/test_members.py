"""Members over HTTP: what they are called, the roles they have, who may give them, and what ends at once."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from domain.identity.epoch import membership_id
from tests.api.clinics import clinic, heard, member, signed_in_at
from tests.api.house import House
from tests.api.people import refused, told

ME = "/api/users/me"


class TestMembers:
    @pytest.mark.requirement("R313")
    async def test_are_listed_with_what_they_are_called_now(self, house: House) -> None:
        place = await clinic(house)
        doctor = await member(house, place, "doctor")
        await doctor.client.put(ME, json={"name": "Dr Ana"})
        await house.drain()
        listed = told(await place.admin.client.get(f"{place.path}/members"))
        assert [(each["name"], each["email"], each["primaryRole"]) for each in listed] == [
            ("Ana Sousa", place.admin.email, "clinic_admin"),
            ("Dr Ana", doctor.email, "doctor"),
        ]
        one = await place.admin.client.get(f"{place.path}/members/{doctor.id}")
        assert told(one)["roles"] == ["doctor"]
        refused(await doctor.client.get(f"{place.path}/members"), 403, "not-permitted")

    @pytest.mark.requirement("R009")
    async def test_are_given_roles_and_lose_them_and_all_of_it_is_told(self, house: House) -> None:
        place = await clinic(house)
        nurse = await member(house, place, "nurse")
        path = f"{place.path}/members/{nurse.id}/roles"
        given = told(await place.admin.client.post(path, json={"role": "receptionist", "primary": True}))
        assert (given["roles"], given["primary"]) == (["nurse", "receptionist"], "receptionist")
        told(await place.admin.client.delete(f"{path}/nurse"))
        await house.drain()
        shown = {each["role"]: each for each in told(await place.admin.client.get(path))}
        assert shown["receptionist"]["primary"]
        assert shown["nurse"]["endedBy"] == shown["nurse"]["givenBy"] == str(place.admin.id)
        refused(await place.admin.client.delete(f"{path}/receptionist"), 409, "last-role")
        refused(await place.admin.client.delete(f"{path}/doctor"), 404, "not-found")

    async def test_change_their_work_in_one_act(self, house: House) -> None:
        place = await clinic(house)
        nurse = await member(house, place, "nurse", "receptionist")
        path = f"{place.path}/members/{nurse.id}"
        changed = told(await place.admin.client.put(path, json={"roles": ["doctor", "nurse"]}))
        assert (set(changed["roles"]), changed["primary"]) == ({"doctor", "nurse"}, "doctor")

    @pytest.mark.parametrize("role", ["emperor", "system", "front_door", "platform_admin", "*"])
    async def test_are_given_no_role_that_an_organisation_does_not_have(self, house: House, role: str) -> None:
        place = await clinic(house)
        path = f"{place.path}/members/{place.admin.id}/roles"
        refused(await place.admin.client.post(path, json={"role": role}), 422, "unknown-role")

    async def test_leave_when_they_like(self, house: House) -> None:
        place = await clinic(house)
        doctor = await member(house, place, "doctor")
        told(await doctor.client.post(f"{place.path}/leave"))
        await heard(house)
        refused(await doctor.client.get(place.path), 401, "not-authenticated")
        refused(await place.admin.client.delete(f"{place.path}/members/{doctor.id}"), 404, "not-found")

    async def test_who_keep_the_organisation_alone_stay(self, house: House) -> None:
        place = await clinic(house)
        path = f"{place.path}/members/{place.admin.id}"
        client = place.admin.client
        refused(await client.post(f"{place.path}/leave"), 409, "last-administrator")
        refused(await client.delete(path), 409, "last-administrator")
        refused(await client.put(path, json={"roles": ["doctor"]}), 409, "last-administrator")
        soon = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        until = {"role": "clinic_admin", "expiresAt": soon}
        refused(await client.post(f"{path}/roles", json=until), 409, "last-administrator")
        other = await member(house, place, "clinic_admin")
        told(await other.client.delete(path))

    async def test_of_two_who_remove_each_other_at_once_one_stays(self, house: House) -> None:
        place = await clinic(house)
        other = await member(house, place, "clinic_admin")
        one, two = await asyncio.gather(
            place.admin.client.delete(f"{place.path}/members/{other.id}"),
            other.client.delete(f"{place.path}/members/{place.admin.id}"),
        )
        assert sorted([one.status_code, two.status_code]) == [200, 409]
        refused(one if one.status_code == 409 else two, 409, "last-administrator")


class TestRoles:
    @pytest.mark.requirement("R006")
    async def test_are_told_with_what_they_may_do_and_programs_have_none_to_give(self, house: House) -> None:
        shown = {each["role"]: each for each in told(await house.client("doctor").get("/api/roles?limit=100"))}
        assert shown["auditor"]["secondFactor"]
        assert "audit:read" in shown["auditor"]["permissions"]
        assert shown.keys().isdisjoint({"system", "front_door"})

    async def test_taken_or_given_stop_older_tokens_within_five_seconds(self, house: House) -> None:
        place = await clinic(house)
        nurse = await member(house, place, "nurse", "doctor")
        path = f"{place.path}/members/{nurse.id}/roles"
        assert (await nurse.client.get("/api/ehr/patients")).status_code == 200
        told(await place.admin.client.delete(f"{path}/doctor"))
        started = time.monotonic()
        while (await nurse.client.get("/api/ehr/patients")).status_code == 200:
            assert time.monotonic() - started < 5
            await asyncio.sleep(0.05)
        body = {"refreshToken": nurse.tokens["refreshToken"]}
        renewed = told(await house.anonymous().post("/api/auth/refresh", json=body))
        assert renewed["roles"] == ["nurse"]
        told(await place.admin.client.post(path, json={"role": "counselor"}))
        bearer = house.services.identity.tokens.read(renewed["accessToken"])
        await heard(house)
        assert house.services.identity.withdrawals.heard[membership_id(bearer.tenant_id, nurse.id)][0] > (
            bearer.epoch.membership
        )

    async def test_given_until_a_time_are_gone_then_with_the_tokens_that_had_them(self, house: House) -> None:
        place = await clinic(house)
        nurse = await member(house, place, "nurse")
        until = datetime.now(UTC) + timedelta(seconds=100)
        body = {"role": "doctor", "expiresAt": until.isoformat()}
        told(await place.admin.client.post(f"{place.path}/members/{nurse.id}/roles", json=body))
        there = await signed_in_at(house, nurse, place.id)
        assert there.tokens["roles"] == ["doctor", "nurse"]
        assert there.tokens["expiresIn"] <= 100
        await house.drain(at=until + timedelta(seconds=1))
        await heard(house)
        refused(await there.client.get(place.path), 401, "not-authenticated")
        assert (await signed_in_at(house, nurse, place.id)).tokens["roles"] == ["nurse"]


class TestKeepers:
    async def test_who_all_leave_at_once_leave_one_behind(self, house: House) -> None:
        place = await clinic(house)
        keepers = [place.admin, *[await member(house, place, "clinic_admin") for _ in range(5)]]
        answers = await asyncio.gather(*(each.client.post(f"{place.path}/leave") for each in keepers))
        assert sorted(answer.status_code for answer in answers) == [200] * 5 + [409]
        (last,) = [answer for answer in answers if answer.status_code == 409]
        refused(last, 409, "last-administrator")
