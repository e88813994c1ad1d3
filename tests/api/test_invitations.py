"""Invitations over HTTP: answered once, by whom they went to, and telling nobody who has an account."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from domain.identity.invitation import LIFE
from tests.api.clinics import accept, account, clinic, invited, member, signed_in_at, switched
from tests.api.house import House
from tests.api.people import mail, refused, someone, told

VIEW, DECLINE = "/api/invitations/view", "/api/invitations/decline"


class TestInvite:
    async def test_answers_the_same_whoever_has_the_address(self, house: House) -> None:
        place, person = await clinic(house), await account(house)
        answers = []
        for email in (person.email, someone()):
            body = {"email": email, "roles": ["nurse"]}
            response = await place.admin.client.post(f"{place.path}/members", json=body)
            answers.append({k: v for k, v in told(response, 201).items() if k not in {"id", "expiresAt"}})
            again = await place.admin.client.post(f"{place.path}/invitations", json=body)
            refused(again, 409, "already-invited")
            assert email not in again.text
        assert answers[0] == answers[1]

    async def test_sends_one_link_that_shows_what_it_is_for(self, house: House) -> None:
        place, email = await clinic(house, "Ours"), someone()
        secret = await invited(house, place, email, "doctor")
        await house.drain()
        ((template, sent),) = await mail(house, email)
        assert (template, sent["code"]) == ("invitation", secret)
        shown = told(await house.anonymous().post(VIEW, json={"token": secret}))
        assert (shown["organization"], shown["roles"], shown["how"]) == ("Ours", ["doctor"], None)
        assert email not in str(shown)

    async def test_to_what_is_no_address_or_no_role_is_refused(self, house: House) -> None:
        place = await clinic(house)
        path = f"{place.path}/invitations"
        refused(await place.admin.client.post(path, json={"email": "ana", "roles": ["doctor"]}), 422, "bad-email")
        wrong = {"email": someone(), "roles": ["front_door"]}
        refused(await place.admin.client.post(path, json=wrong), 422, "unknown-role")
        right = wrong | {"roles": ["doctor"]}
        told(await place.admin.client.post(path, json=right), 201)

    async def test_is_for_those_who_may(self, house: House) -> None:
        place = await clinic(house)
        nurse = await member(house, place, "nurse")
        body = {"email": someone(), "roles": ["nurse"]}
        refused(await nurse.client.post(f"{place.path}/invitations", json=body), 403, "not-permitted")

    async def test_under_one_key_twice_is_one(self, house: House) -> None:
        place, key = await clinic(house), {"Idempotency-Key": "ask"}
        body, path = {"email": someone(), "roles": ["nurse"]}, f"{place.path}/invitations"
        one, two = [told(await place.admin.client.post(path, json=body, headers=key), 201) for _ in range(2)]
        assert one == two
        told(await place.admin.client.delete(f"{path}/{one['id']}"))


class TestAnswer:
    async def test_accepted_makes_a_member_once_however_many_try_at_once(self, house: House) -> None:
        place, person = await clinic(house), await account(house)
        secret = await invited(house, place, person.email, "doctor")
        answers = await asyncio.gather(*(accept(person, secret) for _ in range(6)))
        assert sorted(answer.status_code for answer in answers) == [200] + [410] * 5
        await house.drain()
        there = await switched(house, person, place.id)
        assert there.tokens["roles"] == ["doctor"]
        refused(await accept(person, secret), 410, "invitation-over")

    async def test_by_the_account_of_another_address_is_refused(self, house: House) -> None:
        place, eve = await clinic(house), await account(house)
        secret = await invited(house, place, someone(), "doctor")
        refused(await accept(eve, secret), 403, "invited-another")

    async def test_declined_by_the_link_alone_ends_it_and_frees_the_address(self, house: House) -> None:
        place, email = await clinic(house), someone()
        secret = await invited(house, place, email, "doctor")
        told(await house.anonymous().post(DECLINE, json={"token": secret}))
        refused(await house.anonymous().post(DECLINE, json={"token": secret}), 410, "invitation-over")
        assert await invited(house, place, email, "nurse") != secret

    async def test_by_a_member_is_refused_and_by_one_who_left_is_not(self, house: House) -> None:
        place = await clinic(house)
        nurse = await member(house, place, "nurse")
        secret = await invited(house, place, nurse.email, "doctor")
        refused(await accept(nurse, secret), 409, "already-member")
        told(await nurse.client.post(f"{place.path}/leave"))
        told(await accept(await signed_in_at(house, nurse, nurse.tokens["home"]), secret))

    @pytest.mark.parametrize("secret", ["x", "A" * 43, "\u202e" * 9, "ctk_nothing"])
    async def test_with_what_was_never_sent_is_refused(self, house: House, secret: str) -> None:
        person = await account(house)
        refused(await accept(person, secret), 410, "invitation-over")
        refused(await house.anonymous().post(VIEW, json={"token": secret}), 410, "invitation-over")


class TestEnd:
    async def test_comes_when_it_is_taken_back(self, house: House) -> None:
        place, person = await clinic(house), await account(house)
        secret = await invited(house, place, person.email, "doctor")
        await house.drain()
        (shown,) = told(await place.admin.client.get(f"{place.path}/invitations"))
        assert (shown["email"], shown["how"]) == (person.email, None)
        path = f"{place.path}/invitations/{shown['id']}"
        assert told(await place.admin.client.delete(path))["how"] == "revoked"
        refused(await place.admin.client.delete(path), 410, "invitation-over")
        refused(await accept(person, secret), 410, "invitation-over")
        await house.drain()
        assert told(await place.admin.client.get(f"{place.path}/invitations")) == []
        (over,) = told(await place.admin.client.get(f"{place.path}/invitations?over=true"))
        assert over["how"] == "revoked"

    async def test_comes_after_seven_days_by_itself(self, house: House) -> None:
        place, email = await clinic(house), someone()
        secret = await invited(house, place, email, "doctor")
        await house.drain(at=datetime.now(UTC) + LIFE + timedelta(seconds=1))
        refused(await house.anonymous().post(VIEW, json={"token": secret}), 410, "invitation-over")
        await invited(house, place, email, "doctor")

    async def test_of_another_organisations_invitation_is_not_ours(self, house: House) -> None:
        place, other = await clinic(house), await clinic(house)
        await invited(house, place, someone(), "doctor")
        await house.drain()
        (shown,) = told(await place.admin.client.get(f"{place.path}/invitations"))
        refused(await other.admin.client.delete(f"{other.path}/invitations/{shown['id']}"), 404, "not-found")
        refused(await other.admin.client.delete(f"{place.path}/invitations/{shown['id']}"), 404, "not-found")
