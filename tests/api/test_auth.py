"""Signing up, in and out over HTTP: what each step gives, and what it does not tell."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from uuid_utils.compat import uuid7

from adapters.postgres.tenancy import within
from domain.identity.platform import PLATFORM
from tests.api.house import Ground, House, open_house
from tests.api.people import PASSWORD, code, mail, refused, signed_in, signed_up, someone, told, with_token

ME, LOGIN = "/api/users/me", "/api/auth/login"
OTHER_PASSWORD = "another horse, another battery"


class TestRegistration:
    @pytest.mark.requirement("R281", "R003", "R478")
    async def test_begins_an_account_and_an_organisation_once_the_address_is_confirmed(self, house: House) -> None:
        person = await signed_up(house)
        shown = told(await person.client.get(ME))
        assert (shown["email"], shown["name"], shown["roles"]) == (person.email, "Ana Sousa", ["patient"])
        assert shown["organizationId"] == person.tokens["organizationId"]

    async def test_of_an_address_that_has_an_account_tells_only_its_owner(self, house: House) -> None:
        person = await signed_up(house)
        again = await house.anonymous().post(
            "/api/auth/register", json={"email": person.email.upper(), "password": OTHER_PASSWORD, "name": "Eve"}
        )
        told(again, 202)
        await house.drain()
        assert [template for template, _ in await mail(house, person.email)] == [
            "confirm-registration",
            "already-registered",
        ]
        await signed_in(house, person)

    async def test_without_the_code_that_was_sent_does_not_begin(self, house: House) -> None:
        email = someone()
        body = {"email": email, "password": PASSWORD, "name": "Ana"}
        told(await house.anonymous().post("/api/auth/register", json=body), 202)
        sent = await code(house, email)
        wrong = {"email": email, "code": f"{(int(sent) + 1) % 1_000_000:06}"}
        for _ in range(4):
            refused(await house.anonymous().post("/api/auth/otp/verify", json=wrong), 401, "code-refused")
        by_password = {"email": email, "password": PASSWORD}
        refused(await house.anonymous().post(LOGIN, json=by_password), 401, "sign-in-refused")
        right = {"email": email, "code": sent}
        refused(await house.anonymous().post("/api/auth/otp/verify", json=right), 429, "too-many-attempts")

    @pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaa", "x" * 129])
    async def test_with_a_weak_password_is_refused_without_repeating_it(self, house: House, password: str) -> None:
        body = {"email": someone(), "password": password, "name": "Ana"}
        response = await house.anonymous().post("/api/auth/register", json=body)
        refused(response, 422, "weak-password")
        assert password not in response.text

    async def test_code_works_once_however_many_give_it_back_at_the_same_moment(self, house: House) -> None:
        email = someone()
        body = {"email": email, "password": PASSWORD, "name": "Ana"}
        told(await house.anonymous().post("/api/auth/register", json=body), 202)
        sent = {"email": email, "code": await code(house, email)}
        answers = await asyncio.gather(*(house.anonymous().post("/api/auth/otp/verify", json=sent) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


class TestLogin:
    @pytest.mark.requirement("R280", "R287", "R013", "R077", "R479")
    async def test_gives_a_short_token_and_a_long_one(self, house: House) -> None:
        person = await signed_in(house, await signed_up(house))
        assert person.tokens["expiresIn"] == 3600  # a patient's; whoever works with patients' data has 15 minutes
        assert house.services.settings.token_seconds(frozenset({"doctor", "patient"})) == 900
        assert house.services.identity.refresh_tokens.seconds == 7 * 86_400

    async def test_answers_the_same_whoever_has_the_address_and_whatever_was_wrong(self, house: House) -> None:
        person, stranger = await signed_up(house), someone()
        wrong = {"email": person.email, "password": OTHER_PASSWORD}
        known = await house.anonymous().post(LOGIN, json=wrong)
        unknown = await house.anonymous().post(LOGIN, json={"email": stranger, "password": OTHER_PASSWORD})
        assert _bare(known.json()) == _bare(unknown.json())
        assert known.status_code == unknown.status_code == 401

    @pytest.mark.parametrize("path", ["register", "forgot-password", "otp/request"])
    @pytest.mark.requirement("R482")
    async def test_asking_for_a_code_answers_the_same_whoever_has_the_address(self, house: House, path: str) -> None:
        person = await signed_up(house)
        more = {"password": OTHER_PASSWORD, "name": "Eve"} if path == "register" else {}
        answers = [
            await house.anonymous().post(f"/api/auth/{path}", json={"email": email, **more})
            for email in (person.email, someone())
        ]
        assert _bare(answers[0].json()) == _bare(answers[1].json())
        assert [answer.status_code for answer in answers] == [202, 202]

    async def test_waits_longer_and_longer_after_failures_also_where_there_is_no_account(self, house: House) -> None:
        person = await signed_up(house)
        for email in (person.email, someone()):
            wrong = {"email": email, "password": OTHER_PASSWORD}
            statuses = [(await house.anonymous().post(LOGIN, json=wrong)).status_code for _ in range(6)]
            assert statuses == [401] * 5 + [429]
            blocked = await house.anonymous().post(LOGIN, json={"email": email, "password": PASSWORD})
            refused(blocked, 429, "too-many-attempts")
            assert int(blocked.headers["retry-after"]) >= 1

    @pytest.mark.requirement("R286")
    async def test_into_an_organisation_one_is_nothing_in_is_refused(self, house: House) -> None:
        person = await signed_up(house)
        body = {"email": person.email, "password": PASSWORD, "organizationId": str(house.tenant)}
        refused(await house.anonymous().post(LOGIN, json=body), 404, "no-standing")

    async def test_by_a_code_sent_to_the_address(self, house: House) -> None:
        person = await signed_up(house)
        told(await house.anonymous().post("/api/auth/otp/request", json={"email": person.email}), 202)
        sent = {"email": person.email, "code": await code(house, person.email)}
        tokens = told(await house.anonymous().post("/api/auth/otp/verify", json=sent))
        assert told(await with_token(house, tokens).get(ME))["email"] == person.email
        refused(await house.anonymous().post("/api/auth/otp/verify", json=sent), 401, "code-refused")


class TestRefresh:
    @pytest.mark.requirement("R282", "R480", "R525")
    async def test_gives_new_tokens_by_body_or_by_cookie(self, house: House) -> None:
        person = await signed_up(house)
        renewed = told(
            await house.anonymous().post("/api/auth/refresh", json={"refreshToken": person.tokens["refreshToken"]})
        )
        assert renewed["sessionId"] == person.session
        body = {"email": person.email, "password": PASSWORD, "cookie": True}
        response = await house.anonymous().post(LOGIN, json=body)
        assert "refreshToken" not in told(response)
        cookie = response.headers["set-cookie"]
        assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Secure", "Path=/api/auth"))
        named = {"Cookie": cookie.split(";")[0]}
        assert "refreshToken" not in told(await house.anonymous().post("/api/auth/refresh", json={}, headers=named))

    async def test_without_a_token_of_ours_is_refused(self, house: House) -> None:
        refused(await house.anonymous().post("/api/auth/refresh", json={}), 401, "refresh-refused")
        for text in ("x", "A" * 43, "\u2713" * 20):
            response = await house.anonymous().post("/api/auth/refresh", json={"refreshToken": text})
            refused(response, 401, "refresh-refused")


class TestSessions:
    @pytest.mark.requirement("R481", "R014")
    async def test_are_listed_and_end_one_by_one(self, house: House) -> None:
        first = await signed_up(house)
        second = await signed_in(house, first)
        await house.drain()
        listed = told(await second.client.get("/api/auth/sessions"))
        assert [(s["id"], s["current"]) for s in listed] == [(second.session, True), (first.session, False)]
        assert all(s["client"].startswith("python-httpx") for s in listed)
        told(await second.client.delete(f"/api/auth/sessions/{first.session}"))
        started = time.monotonic()
        while (await first.client.get(ME)).status_code != 401:
            assert time.monotonic() - started < 5
            await asyncio.sleep(0.05)
        refresh = {"refreshToken": first.tokens["refreshToken"]}
        refused(await house.anonymous().post("/api/auth/refresh", json=refresh), 401, "refresh-refused")
        assert (await second.client.get(ME)).status_code == 200
        await house.drain()
        assert [s["id"] for s in told(await second.client.get("/api/auth/sessions"))] == [second.session]

    async def test_of_somebody_else_are_not_there(self, house: House) -> None:
        ana, eve = await signed_up(house), await signed_up(house)
        refused(await eve.client.delete(f"/api/auth/sessions/{ana.session}"), 404, "not-found")
        refused(await eve.client.delete(f"/api/auth/sessions/{uuid7()}"), 404, "not-found")
        assert (await ana.client.get(ME)).status_code == 200

    async def test_end_all_at_once(self, house: House) -> None:
        first = await signed_up(house)
        second = await signed_in(house, first)
        assert told(await second.client.post("/api/auth/logout-everywhere")) == {"ended": 2}
        await house.services.identity.withdrawals.look()
        for person in (first, second):
            refused(await person.client.get(ME), 401, "not-authenticated")
        third = await signed_in(house, first)
        assert (await third.client.get(ME)).status_code == 200

    async def test_end_by_signing_out(self, house: House) -> None:
        person = await signed_up(house)
        response = await person.client.post("/api/auth/logout")
        assert 'caretrail_refresh=""' in response.headers["set-cookie"]
        await house.services.identity.withdrawals.look()
        refused(await person.client.post("/api/auth/logout"), 401, "not-authenticated")

    async def test_have_nothing_to_do_with_a_token_signed_by_hand(self, house: House) -> None:
        refused(await house.client("doctor").post("/api/auth/logout"), 401, "not-authenticated")
        refused(await house.client("doctor").get(ME), 404, "not-found")


class TestPassword:
    async def test_once_forgotten_is_replaced_by_a_link_that_works_once(self, house: House) -> None:
        person = await signed_up(house)
        told(await house.anonymous().post("/api/auth/forgot-password", json={"email": person.email}), 202)
        link = {"token": await code(house, person.email), "password": OTHER_PASSWORD}
        told(await house.anonymous().post("/api/auth/reset-password", json=link))
        refused(await house.anonymous().post("/api/auth/reset-password", json=link), 401, "code-refused")
        await house.services.identity.withdrawals.look()
        refused(await person.client.get(ME), 401, "not-authenticated")
        old = {"email": person.email, "password": PASSWORD}
        refused(await house.anonymous().post(LOGIN, json=old), 401, "sign-in-refused")
        assert (await house.anonymous().post(LOGIN, json=old | {"password": OTHER_PASSWORD})).status_code == 200

    async def test_changed_ends_all_sessions_but_this_one(self, house: House) -> None:
        first = await signed_up(house)
        second = await signed_in(house, first)
        body = {"currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD}
        wrong = body | {"currentPassword": OTHER_PASSWORD}
        refused(await second.client.post("/api/auth/change-password", json=wrong), 401, "sign-in-refused")
        fresh = told(await second.client.post("/api/auth/change-password", json=body))
        await house.services.identity.withdrawals.look()
        refused(await first.client.get(ME), 401, "not-authenticated")
        assert (await with_token(house, fresh).get(ME)).status_code == 200
        refresh = {"refreshToken": second.tokens["refreshToken"]}
        assert (await house.anonymous().post("/api/auth/refresh", json=refresh)).status_code == 200
        await house.drain()


class TestSecondFactor:
    async def test_is_asked_for_once_enrolled_and_each_code_is_taken_once(self, house: House) -> None:
        person = await signed_up(house)
        begun = told(await person.client.post("/api/auth/totp/enrol"))
        totp, now = pyotp.TOTP(begun["secret"]), datetime.now(UTC)
        assert person.email.replace("@", "%40") in begun["uri"]
        refused(
            await person.client.post("/api/auth/totp/confirm", json={"code": "000000"}), 401, "second-factor-refused"
        )
        shown = {"code": totp.at(now - timedelta(seconds=30))}
        confirmed = told(await person.client.post("/api/auth/totp/confirm", json=shown))
        assert len(confirmed["recoveryCodes"]) == 10
        refused(await person.client.post("/api/auth/totp/enrol"), 409, "second-factor-enrolled")
        body = {"email": person.email, "password": PASSWORD}
        refused(await house.anonymous().post(LOGIN, json=body), 401, "second-factor-required")
        good = body | {"code": totp.at(now)}
        told(await house.anonymous().post(LOGIN, json=good))
        refused(await house.anonymous().post(LOGIN, json=good), 401, "second-factor-refused")
        recovery = body | {"code": confirmed["recoveryCodes"][3].lower()}
        told(await house.anonymous().post(LOGIN, json=recovery))
        refused(await house.anonymous().post(LOGIN, json=recovery), 401, "second-factor-refused")

    async def test_is_what_some_roles_are_held_by(self, ground: Ground, redis_url: str) -> None:
        async with open_house(ground, redis_url, second_factor_roles=frozenset({"patient"})) as house:
            person = await signed_up(house)
            assert (person.tokens["roles"], person.tokens["rolesNeedingSecondFactor"]) == ([], ["patient"])
            refused(await person.client.get("/api/billing/plans"), 403, "not-permitted")
            begun = told(await person.client.post("/api/auth/totp/enrol"))
            shown = {"code": pyotp.TOTP(begun["secret"]).now()}
            confirmed = told(await person.client.post("/api/auth/totp/confirm", json=shown))
            assert confirmed["roles"] == ["patient"]
            assert (await with_token(house, confirmed).get("/api/billing/plans")).status_code == 200

    async def test_or_password_proves_once_more_who_one_is(self, house: House) -> None:
        person = await signed_up(house)
        refused(await person.client.post("/api/auth/step-up", json={}), 401, "second-factor-required")
        refused(
            await person.client.post("/api/auth/step-up", json={"password": OTHER_PASSWORD}), 401, "sign-in-refused"
        )
        fresh = told(await person.client.post("/api/auth/step-up", json={"password": PASSWORD}))
        read = house.services.identity.tokens.read(fresh["accessToken"])
        assert read.methods == ("email", "pwd")
        assert datetime.now(UTC) - read.authenticated_at < timedelta(seconds=5)


class TestProfile:
    @pytest.mark.requirement("R483", "R484")
    async def test_is_read_and_changed_by_its_owner_with_the_version_read(self, house: House) -> None:
        person = await signed_up(house)
        read = await person.client.get(ME)
        etag = {"If-Match": read.headers["etag"]}
        body = {"name": "Ana Maria", "phone": "+351 210 000 000", "locale": "pt-PT"}
        told(await person.client.put(ME, json=body, headers=etag))
        refused(await person.client.put(ME, json=body, headers=etag), 412, "version-mismatch")
        shown = told(await person.client.get(ME))
        assert (shown["name"], shown["phone"], shown["locale"]) == ("Ana Maria", "+351 210 000 000", "pt-PT")

    async def test_lies_sealed_in_the_platforms_tenant(self, house: House) -> None:
        person = await signed_up(house, name="Canary Name")
        async with within(house.services.pool, PLATFORM) as connection:
            rows = await connection.execute(
                "SELECT data::text FROM event_store.events WHERE tenant_id = %s AND stream_id = %s",
                (PLATFORM, person.id),
            )
            texts = [row[0] for row in await rows.fetchall()]
        assert texts
        assert not [text for text in texts if "Canary" in text or person.email in text]


def _bare(body: dict[str, object]) -> dict[str, object]:
    """Return an answer without what no two have in common."""
    error = body.get("error")
    if isinstance(error, dict):
        error = {name: value for name, value in error.items() if name != "request_id"}
    return {**body, "timestamp": None, "error": error}
