"""A request repeated under its Idempotency-Key happens once, and is answered as it was the first time, for a day."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from adapters.identity.housekeeping import tidy
from adapters.logins import url_for
from adapters.postgres.roles import Role
from api import asking
from api.openapi import operations
from tests.api import scheduling
from tests.api.clinics import clinic
from tests.api.house import Ground, House
from tests.api.people import PASSWORD, Person, signed_up, told
from tests.api.test_auth import ME
from tests.api.test_auth_secrets import as_stored, everything

PLANS = "/api/billing/plans"
PLAN = {"name": "Basic", "amountCents": 100, "currency": "EUR", "interval": "MONTHLY", "appointmentsIncluded": 1,
        "appointmentTypes": {"IN_PERSON": True}}  # fmt: skip
KEYS, LOGIN = "/api/api-keys", "/api/auth/login"
#: Kept by hand: what need not know the key. Searches change nothing; a refresh token is a key itself; senders of news
#: name each piece, and what is known already is not heard twice.
WITHOUT = {
    *("/api/directory/patients/search", "/api/directory/practitioners/search", "/api/ehr/clinic/{clinic_id}/search"),
    *("/api/auth/refresh", "/api/invitations/view", "/api/webhooks/identity/{name}"),
}


def key(name: str = "once") -> dict[str, str]:
    return {"Idempotency-Key": name}


def told_without_time(response: httpx.Response) -> dict[str, Any]:
    said: dict[str, Any] = response.json()
    return {name: value for name, value in said.items() if name != "timestamp"}


def replayed(response: httpx.Response) -> bool:
    return "idempotency-replayed" in response.headers


async def backdated(house: House) -> None:
    """Let more than a day pass for everything asked so far."""
    with psycopg.connect(house.database_url, autocommit=True) as connection:
        connection.execute("UPDATE event_store.commands SET recorded_at = recorded_at - interval '25 hours'")
        connection.execute("UPDATE answers.first SET begun_at = begun_at - interval '25 hours'")


def tidied(house: House) -> None:
    settings = house.services.settings
    with psycopg.connect(url_for(settings, Role.APP), autocommit=True) as connection:
        tidy(settings, connection, datetime.now(UTC))


@pytest.mark.requirement("R569")
class TestEveryPost:
    def test_takes_a_key(self, ground: Ground) -> None:
        document = ground.app.openapi()
        without = {
            one.path
            for one in operations(ground.app, document)
            if one.method == "post" and not one.once and not one.comes_to(asking.Ask.context)
        }
        assert without == WITHOUT
        named = {
            path
            for path, methods in document["paths"].items()
            if "post" in methods and {"$ref": "#/components/parameters/IdempotencyKey"} in methods["post"]["parameters"]
        }
        assert named == {path for path, methods in document["paths"].items() if "post" in methods} - WITHOUT


class TestCommand:
    async def test_repeated_is_answered_as_before_and_said_to_be(self, house: House) -> None:
        admin = house.client("clinic_admin")
        first = await admin.post(PLANS, json=PLAN, headers=key())
        again = await admin.post(PLANS, json=PLAN, headers=key())
        assert (first.status_code, again.status_code) == (201, 201)
        assert told_without_time(first) == told_without_time(again)
        for name in ("etag", "x-position"):
            assert first.headers[name] == again.headers[name]
        assert (replayed(first), replayed(again)) == (False, True)

    async def test_of_which_nothing_came_changes_nothing_later_either(self, house: House) -> None:
        """A retry that arrives late must not undo what was decided in between."""
        admin = house.client("clinic_admin")
        plan = f"{PLANS}/{told(await admin.post(PLANS, json=PLAN), 201)['id']}"
        first = await admin.put(plan, json=PLAN, headers=key())
        assert first.headers["x-position"] == "0"
        told(await admin.put(plan, json=PLAN | {"name": "Other"}))
        again = await admin.put(plan, json=PLAN, headers=key())
        assert told(again) == told(first)
        assert (replayed(first), replayed(again)) == (False, True)
        await house.drain()
        assert told(await admin.get(plan))["name"] == "Other"

    async def test_under_the_key_of_another_request_is_refused(self, house: House) -> None:
        admin = house.client("clinic_admin")
        made = told(await admin.post(PLANS, json=PLAN, headers=key()), 201)["id"]
        for path, body in ((PLANS, PLAN | {"name": "Other"}), (f"{PLANS}?", PLAN | {"trialDays": 3})):
            refused = await admin.post(path, json=body, headers=key())
            assert (refused.status_code, refused.json()["error"]["code"]) == (422, "idempotency-key-reused")
        elsewhere = await admin.put(f"{PLANS}/{made}", json=PLAN | {"name": "Other"}, headers=key())
        assert (elsewhere.status_code, elsewhere.json()["error"]["code"]) == (422, "idempotency-key-reused")

    async def test_of_somebody_else_under_the_same_key_is_their_own(self, house: House) -> None:
        """Neither in the same clinic nor in another is anybody told that the key was used."""
        asking = [
            house.client("clinic_admin"),
            house.client("clinic_admin"),
            house.client("clinic_admin", tenant=uuid4()),
        ]
        answers = [await client.post(PLANS, json=PLAN | {"name": f"Plan {n}"}, headers=key())
                   for n, client in enumerate(asking)]  # fmt: skip
        assert len({told(answer, 201)["id"] for answer in answers}) == 3
        assert not any(replayed(answer) for answer in answers)

    async def test_that_was_refused_is_decided_anew(self, house: House) -> None:
        admin = house.client("clinic_admin")
        nowhere = f"{PLANS}/{uuid4()}"
        assert (await admin.put(nowhere, json=PLAN, headers=key("a"))).status_code == 404
        assert (await admin.post(PLANS, json=PLAN | {"name": " "}, headers=key("b"))).status_code == 422
        assert (await admin.post(PLANS, json=PLAN, headers=key("b"))).status_code == 201

    async def test_is_forgotten_after_a_day_and_the_systems_own_are_not(self, house: House) -> None:
        admin = house.client("clinic_admin")
        first = told(await admin.post(PLANS, json=PLAN, headers=key()), 201)["id"]
        await scheduling.book(admin, uuid4(), uuid4())
        tidied(house)
        assert told(await admin.post(PLANS, json=PLAN, headers=key()), 201)["id"] == first
        await backdated(house)
        tidied(house)
        with psycopg.connect(house.database_url) as connection:
            kept = connection.execute("SELECT count(*) FILTER (WHERE request_hash <> ''), count(*)"
                                      " FROM event_store.commands").fetchone()  # fmt: skip
        assert kept is not None
        assert kept[0] == 0
        assert kept[1] > 0
        assert told(await admin.post(PLANS, json=PLAN, headers=key()), 201)["id"] != first


class TestSecretOfAnApiKey:
    async def test_is_kept_nowhere_and_not_shown_to_a_repetition_which_is_said_to_be_one(self, house: House) -> None:
        place = await clinic(house)
        body, keys = {"name": "lab-results", "roles": ["clinic_admin"]}, place.admin.client
        made = [await keys.post(KEYS, json=body, headers=key("make")) for _ in range(2)]
        rotate = f"{KEYS}/{told(made[0], 201)['id']}/rotate"
        rotated = [await keys.post(rotate, json={}, headers=key("rotate")) for _ in range(2)]
        for first, again in (made, rotated):
            assert [replayed(first), replayed(again)] == [False, True]
            shown = told(first, 201)
            secret = shown.pop("secret")
            assert told(again, 201) == shown
            stored = everything(house.database_url)
            assert not any(form in stored for form in as_stored(secret))


class TestWhatIsNotOneCommand:
    async def login(self, person: Person, house: House, name: str = "once", **more: object) -> httpx.Response:
        body = {"email": person.email, "password": person.password, **more}
        return await house.anonymous().post(LOGIN, json=body, headers=key(name))

    async def test_repeated_is_answered_byte_for_byte(self, house: House) -> None:
        person = await signed_up(house)
        first, again = await self.login(person, house), await self.login(person, house)
        assert first.content == again.content
        assert (replayed(first), replayed(again)) == (False, True)
        other = await self.login(person, house, "twice")
        assert told(other)["sessionId"] != told(first)["sessionId"]

    async def test_brings_its_cookie_again(self, house: House) -> None:
        person = await signed_up(house)
        first, again = await self.login(person, house, cookie=True), await self.login(person, house, cookie=True)
        assert first.headers["set-cookie"] == again.headers["set-cookie"]

    async def test_of_somebody_who_is_not_known_is_another_one_when_it_says_another_thing(self, house: House) -> None:
        """Whether somebody else used a key, nobody is told."""
        one, two = await signed_up(house), await signed_up(house)
        assert told(await self.login(one, house))["userId"] == str(one.id)
        assert told(await self.login(two, house))["userId"] == str(two.id)
        wrong = await house.anonymous().post(
            LOGIN, json={"email": one.email, "password": "not this"}, headers=key()
        )  # fmt: skip
        assert wrong.status_code == 401

    async def test_at_once_happens_once(self, house: House) -> None:
        person = await signed_up(house)
        answers = await asyncio.gather(*(self.login(person, house) for _ in range(10)))
        assert {a.status_code for a in answers} <= {200, 409}
        for waiting in [a for a in answers if a.status_code == 409]:
            assert waiting.json()["error"]["code"] == "request-under-way"
            assert int(waiting.headers["retry-after"]) >= 1
        assert len({told(a)["sessionId"] for a in answers if a.status_code == 200}) == 1
        assert (await self.login(person, house)).status_code == 200

    async def test_of_somebody_signed_in_is_theirs_and_refused_for_another_request(self, house: House) -> None:
        one, two = await signed_up(house), await signed_up(house)
        enrol, confirm = "/api/auth/totp/enrol", "/api/auth/totp/confirm"
        first = await one.client.post(enrol, headers=key())
        assert (await one.client.post(enrol, headers=key())).content == first.content
        assert told(await two.client.post(enrol, headers=key()))["secret"] != told(first)["secret"]
        reused = await one.client.post(confirm, json={"code": "123456"}, headers=key())
        assert (reused.status_code, reused.json()["error"]["code"]) == (422, "idempotency-key-reused")

    async def test_that_was_refused_is_decided_anew(self, house: House) -> None:
        person = await signed_up(house)
        body = {"currentPassword": "not this", "newPassword": "another long password"}
        change = "/api/auth/change-password"
        assert (await person.client.post(change, json=body, headers=key("a"))).status_code == 401
        assert (await person.client.post(change, json=body, headers=key("a"))).status_code == 401
        right = body | {"currentPassword": PASSWORD}
        assert (await person.client.post(change, json=right, headers=key("a"))).status_code == 200

    async def test_is_forgotten_after_a_day(self, house: House) -> None:
        person = await signed_up(house)
        first = told(await self.login(person, house))["sessionId"]
        await backdated(house)
        assert told(await self.login(person, house))["sessionId"] != first
        await backdated(house)
        tidied(house)
        with psycopg.connect(house.database_url) as connection:
            assert connection.execute("SELECT count(*) FROM answers.first").fetchone() == (0,)

    async def test_is_kept_so_that_only_the_whole_request_opens_it(self, house: House) -> None:
        person = await signed_up(house)
        tokens = told(await self.login(person, house, "a key of my own"))
        told(await person.client.get(ME))
        with psycopg.connect(house.database_url) as connection:
            assert connection.execute("SELECT count(*) FROM answers.first").fetchone() != (0,)
        stored = everything(house.database_url)
        secrets = (tokens["accessToken"], tokens["refreshToken"], person.email, PASSWORD, "a key of my own")
        assert [secret for secret in secrets if any(form in stored for form in as_stored(secret))] == []
