"""Organisations over HTTP: begun, changed, closed, and where one acts."""

import json

import pytest
from uuid_utils.compat import uuid7

from tests.api.clinics import accept, account, clinic, heard, invited, member, signed_in_at
from tests.api.commands import caretrail
from tests.api.house import House
from tests.api.people import code, refused, signed_in, signed_up, told

MINE, SWITCH = "/api/organizations", "/api/auth/switch-organization"


class TestOwnOrganization:
    @pytest.mark.requirement("R003")
    async def test_of_everyone_who_registers_is_there_and_nobody_elses(self, house: House) -> None:
        person = await account(house)
        await house.drain()
        (own,) = told(await person.client.get(MINE))
        assert (own["id"], own["kind"], own["roles"]) == (person.tokens["organizationId"], "personal", ["patient"])
        shown = told(await person.client.get(f"{MINE}/{own['id']}"))
        assert (shown["name"], shown["zone"], shown["closedAt"]) == ("Personal", "UTC", None)

    async def test_goes_with_the_account_and_lets_nobody_leave_or_come_in(self, house: House) -> None:
        person = await account(house)
        await house.drain()
        own = f"{MINE}/{person.tokens['organizationId']}"
        refused(await person.client.post(f"{own}/leave"), 409, "personal-organization")
        admin = house.client("clinic_admin", tenant=person.tokens["organizationId"])
        body = {"email": "eve@example.org", "roles": ["doctor"]}
        refused(await admin.post(f"{own}/invitations", json=body), 409, "personal-organization")
        refused(await admin.delete(own), 409, "personal-organization")


class TestCreate:
    @pytest.mark.requirement("R004")
    async def test_makes_whoever_asks_its_administrator_in_a_tenant_of_its_own(self, house: House) -> None:
        place = await clinic(house, zone="Europe/Lisbon", locale="pt-PT")
        await house.drain()
        assert place.admin.tokens["organizationId"] == place.id
        assert place.admin.tokens["roles"] == ["clinic_admin"]
        response = await place.admin.client.get(place.path)
        assert told(response)["zone"] == "Europe/Lisbon"
        assert response.headers["etag"].startswith('"2')
        assert [each["kind"] for each in told(await place.admin.client.get(MINE))] == ["personal", "clinic"]

    async def test_asked_twice_under_one_key_happens_once(self, house: House) -> None:
        founder = await account(house)
        key = {"Idempotency-Key": "begin"}
        one, two = [told(await founder.client.post(MINE, json={"name": "A"}, headers=key), 201) for _ in range(2)]
        assert one["id"] == two["id"]

    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [("zone", "Mars/Base", "unknown-zone"), ("currency", "euro", "invalid-request"),
         ("locale", "PT", "invalid-request"), ("name", "  ", "invalid-request"), ("kind", "guild", "invalid-request")],
    )  # fmt: skip
    async def test_with_details_that_cannot_be_is_refused(
        self, house: House, field: str, value: str, code: str
    ) -> None:
        founder = await account(house)
        refused(await founder.client.post(MINE, json={"name": "A", field: value}), 422, code)


class TestDetails:
    async def test_change_as_a_whole_and_not_under_an_old_version(self, house: House) -> None:
        place = await clinic(house)
        body = {"name": "Nova", "zone": "Atlantic/Azores", "currency": "EUR", "locale": "pt"}
        told(await place.admin.client.put(place.path, json=body, headers={"If-Match": '"2"'}))
        stale = await place.admin.client.put(place.path, json=body, headers={"If-Match": '"2"'})
        refused(stale, 412, "version-mismatch")
        await house.drain()
        assert told(await place.admin.client.get(place.path))["name"] == "Nova"

    async def test_are_no_business_of_another_organisation(self, house: House) -> None:
        place, other = await clinic(house), await clinic(house)
        for method, path in [("GET", ""), ("DELETE", ""), ("GET", "/members"), ("GET", "/invitations")]:
            response = await other.admin.client.request(method, place.path + path)
            refused(response, 404, "not-found")

    async def test_are_not_changed_by_a_doctor(self, house: House) -> None:
        place = await clinic(house)
        doctor = await member(house, place, "doctor")
        refused(await doctor.client.put(place.path, json={"name": "Mine"}), 403, "not-permitted")
        refused(await doctor.client.delete(place.path), 403, "not-permitted")

    async def test_show_in_the_directory_of_places_the_clinic_knows(self, house: House) -> None:
        place = await clinic(house, "Ours")
        await house.drain()
        (known,) = told(await place.admin.client.get("/api/ehr/organizations"))
        assert (known["id"], known["name"], known["type"], known["active"]) == (place.id, "Ours", "clinic", True)


class TestClose:
    async def test_ends_what_everyone_may_do_there_and_nothing_else(self, house: House) -> None:
        place = await clinic(house)
        doctor = await member(house, place, "doctor")
        told(await place.admin.client.delete(place.path))
        await heard(house)
        for person in (place.admin, doctor):
            refused(await person.client.get(place.path), 401, "not-authenticated")
            refused(await person.client.post(SWITCH, json={"organizationId": place.id}), 401, "not-authenticated")
        again = await signed_in_at(house, doctor, doctor.tokens["home"])
        refused(await again.client.post(SWITCH, json={"organizationId": place.id}), 404, "no-standing")
        await house.drain()
        assert [each["kind"] for each in told(await again.client.get(MINE))] == ["personal"]


class TestSigningIn:
    async def test_tells_where_one_belongs_and_gives_a_token_for_one_of_them(self, house: House) -> None:
        place = await clinic(house)
        doctor = await signed_up(house)
        told(await accept(doctor, await invited(house, place, doctor.email, "doctor", "counselor")))
        await house.drain()
        own = await signed_in(house, doctor)
        assert own.tokens["roles"] == ["patient"]
        assert [(each["id"], each["roles"]) for each in own.tokens["organizations"]][1:] == [
            (place.id, ["doctor", "counselor"])
        ]
        there = await signed_in(house, doctor, organizationId=place.id)
        assert there.tokens["roles"] == ["counselor", "doctor"]
        assert there.tokens["expiresIn"] == 900

    async def test_goes_on_where_one_switched_to(self, house: House) -> None:
        place = await clinic(house)
        body = {"refreshToken": place.admin.tokens["refreshToken"]}
        renewed = told(await house.anonymous().post("/api/auth/refresh", json=body))
        assert renewed["organizationId"] == place.id
        await house.drain()
        (session,) = told(await place.admin.client.get("/api/auth/sessions"))
        assert session["organizationId"] == place.id

    async def test_by_a_refresh_for_a_place_where_one_is_nothing_does_not_use_the_token_up(self, house: House) -> None:
        person, place = await account(house), await clinic(house)
        body = {"refreshToken": person.tokens["refreshToken"]}
        wrong = await house.anonymous().post("/api/auth/refresh", json=body | {"organizationId": place.id})
        refused(wrong, 404, "no-standing")
        renewed = told(await house.anonymous().post("/api/auth/refresh", json=body))
        assert renewed["organizationId"] == person.tokens["organizationId"]

    async def test_elsewhere_is_for_people_who_have_a_session(self, house: House) -> None:
        refused(
            await house.client("clinic_admin").post(SWITCH, json={"organizationId": str(uuid7())}),
            401,
            "not-authenticated",
        )


class TestFirstDay:
    async def test_begins_with_an_organisation_and_a_link_for_who_shall_keep_it(self, house: House) -> None:
        person = await account(house)
        made = json.loads(
            await caretrail(house, "organization", "create", "--name", "Ours", "--admin-email", person.email.upper())
        )
        told(await accept(person, await code(house, person.email)))
        there = await signed_in_at(house, person, made["organization"])
        assert there.tokens["roles"] == ["clinic_admin"]
        doctor = await account(house)
        more = ("--organization", made["organization"], "--email", doctor.email, "--role", "doctor")
        json.loads(await caretrail(house, "organization", "invite", *more))
        told(await accept(doctor, await code(house, doctor.email)))
