"""API keys over HTTP: programs that act by no more than their owner holds, with secrets that are shown once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.identity.housekeeping import tidy
from adapters.identity.known_keys import KNOWN_SECONDS
from adapters.logins import Role, url_for
from domain.identity.api_key import GRACE, OLD
from tests.api.clinics import clinic, invited, member, tenant
from tests.api.house import House
from tests.api.people import Person, refused, told
from tests.api.test_auth_secrets import as_stored, everything

KEYS, PATIENTS = "/api/api-keys", "/api/ehr/patients"


def program(house: House, secret: str, header: str = "Authorization") -> httpx.AsyncClient:
    client = house.anonymous()
    client.headers[header] = f"Bearer {secret}" if header == "Authorization" else secret
    return client


async def made(person: Person, **more: Any) -> dict[str, Any]:
    body = {"name": "lab-results", "roles": ["clinic_admin"], **more}
    found: dict[str, Any] = told(await person.client.post(KEYS, json=body), 201)
    return found


async def forgotten() -> None:
    """Let the second go by for which a program is known."""
    await asyncio.sleep(KNOWN_SECONDS + 0.1)


class TestApiKey:
    @pytest.mark.requirement("R431")
    async def test_opens_what_its_roles_do_by_either_header(self, house: House) -> None:
        place = await clinic(house)
        secret = (await made(place.admin))["secret"]
        for header in ("Authorization", "X-API-Key"):
            told(await program(house, secret, header).get(PATIENTS))
        wrong = secret[:-1] + ("a" if secret[-1] != "a" else "b")
        for text in (wrong, "ctk_", "ctk_x", secret.upper()):
            refused(await program(house, text, "X-API-Key").get(PATIENTS), 401, "not-authenticated")

    async def test_acts_in_its_own_name_on_behalf_of_its_owner(self, house: House) -> None:
        place = await clinic(house)
        key = await made(place.admin)
        client = program(house, key["secret"])
        person = {"names": [{"text": "Fen Mocklin"}]}
        patient = told(await client.post(PATIENTS, json=person), 201)["id"]
        with psycopg.connect(house.database_url) as connection:
            meta = connection.execute(
                "SELECT meta ->> 'actor', meta ->> 'on_behalf_of' FROM event_store.events WHERE subject_id = %s",
                (patient,),
            ).fetchone()
        assert meta == (key["id"], str(place.admin.id))
        refused(await client.get("/api/users/me"), 404, "not-found")
        refused(await client.post("/api/auth/logout"), 401, "not-authenticated")
        glass = {"patientId": patient, "reason": "Unconscious"}
        refused(await client.post("/api/access/break-glass", json=glass), 401, "step-up-required")
        refused(await client.post(KEYS, json={"name": "more", "roles": ["clinic_admin"]}), 404, "not-found")

    async def test_is_listed_without_its_secret(self, house: House) -> None:
        place = await clinic(house)
        key = await made(place.admin, scopes=["system/*.rs"])
        await house.drain()
        response = await place.admin.client.get(KEYS)
        (shown,) = told(response)
        assert (shown["name"], shown["scopes"], shown["ownerId"]) == (
            "lab-results", ["system/*.rs"], str(place.admin.id)
        )  # fmt: skip
        assert [each["prefix"] for each in shown["secrets"]] == [key["prefix"]]
        assert key["secret"].startswith(key["prefix"])
        assert key["secret"] not in response.text

    async def test_has_a_name_of_its_own_until_it_is_revoked(self, house: House) -> None:
        place = await clinic(house)
        key = await made(place.admin)
        body = {"name": "lab-results", "roles": ["clinic_admin"]}
        refused(await place.admin.client.post(KEYS, json=body), 409, "api-key-name-taken")
        told(await place.admin.client.delete(f"{KEYS}/{key['id']}"))
        refused(await place.admin.client.delete(f"{KEYS}/{key['id']}"), 409, "api-key-revoked")
        await made(place.admin)

    async def test_has_no_role_that_its_owner_does_not_hold(self, house: House) -> None:
        place = await clinic(house)
        for roles in (["doctor"], ["clinic_admin", "auditor"]):
            body = {"name": "more", "roles": roles}
            refused(await place.admin.client.post(KEYS, json=body), 403, "beyond-own-roles")
        refused(await place.admin.client.post(KEYS, json={"name": "x", "roles": ["system"]}), 422, "unknown-role")

    async def test_may_do_no_more_than_its_scopes_say(self, house: House) -> None:
        place = await clinic(house)
        reading = program(house, (await made(place.admin, scopes=["system/*.rs"]))["secret"])
        told(await reading.get(PATIENTS))
        person = {"names": [{"text": "Fen Mocklin"}]}
        refused(await reading.post(PATIENTS, json=person), 403, "not-permitted")
        invite = {"email": "ana@example.org", "roles": ["patient"]}
        refused(await reading.post(f"{place.path}/invitations", json=invite), 403, "not-permitted")
        strange = {"name": "strange", "roles": ["clinic_admin"], "scopes": ["patients:read"]}
        refused(await place.admin.client.post(KEYS, json=strange), 422, "unknown-scope")

    async def test_is_not_made_by_who_is_nothing_here(self, house: House) -> None:
        body = {"name": "mine", "roles": ["clinic_admin"]}
        refused(await house.client("clinic_admin").post(KEYS, json=body), 404, "not-found")
        refused(await house.client("doctor").post(KEYS, json=body), 403, "not-permitted")

    async def test_asked_for_twice_under_one_key_shows_its_secret_once(self, house: House) -> None:
        place, key = await clinic(house), {"Idempotency-Key": "make"}
        body = {"name": "lab-results", "roles": ["clinic_admin"]}
        one, two = [told(await place.admin.client.post(KEYS, json=body, headers=key), 201) for _ in range(2)]
        assert one["id"] == two["id"]
        assert "secret" in one
        assert "secret" not in two
        told(await program(house, one["secret"]).get(PATIENTS))


class TestEnd:
    async def test_by_revoking_comes_within_five_seconds(self, house: House) -> None:
        place = await clinic(house)
        key = await made(place.admin)
        client = program(house, key["secret"])
        told(await client.get(PATIENTS))
        told(await place.admin.client.delete(f"{KEYS}/{key['id']}"))
        await forgotten()
        refused(await client.get(PATIENTS), 401, "not-authenticated")

    async def test_comes_with_the_roles_and_the_membership_of_its_owner(self, house: House) -> None:
        place = await clinic(house)
        other = await member(house, place, "clinic_admin", "nurse")
        client = program(house, (await made(other, roles=["clinic_admin", "nurse"]))["secret"])
        told(await client.get(KEYS))
        path = f"{place.path}/members/{other.id}"
        told(await place.admin.client.delete(f"{path}/roles/clinic_admin"))
        await forgotten()
        refused(await client.get(KEYS), 403, "not-permitted")
        told(await client.get(PATIENTS))
        told(await place.admin.client.delete(path))
        await forgotten()
        refused(await client.get(PATIENTS), 401, "not-authenticated")

    async def test_of_a_secret_leaves_no_trace_of_it(self, house: House) -> None:
        place = await clinic(house)
        await made(place.admin)
        settings = house.services.settings
        with psycopg.connect(url_for(settings, Role.APP), autocommit=True) as connection:
            mine = "SELECT count(*) FROM identity.api_key_secrets WHERE organization_id = %s"
            tidy(settings, connection, datetime.now(UTC))
            assert connection.execute(mine, (tenant(place),)).fetchone() == (1,)
            connection.execute("UPDATE identity.api_key_secrets SET expires_at = now() - interval '1 second'")
            tidy(settings, connection, datetime.now(UTC))
            assert connection.execute(mine, (tenant(place),)).fetchone() == (0,)


class TestRotate:
    @pytest.mark.requirement("R537")
    async def test_leaves_both_secrets_alive_and_no_third(self, house: House) -> None:
        place = await clinic(house)
        key = await made(place.admin)
        second = told(await place.admin.client.post(f"{KEYS}/{key['id']}/rotate", json={}), 201)
        for secret in (key["secret"], second["secret"]):
            told(await program(house, secret).get(PATIENTS))
        third = await place.admin.client.post(f"{KEYS}/{key['id']}/rotate", json={})
        refused(third, 409, "two-secrets-alive")
        await house.drain()
        (shown,) = told(await place.admin.client.get(KEYS))
        assert [each["prefix"] for each in shown["secrets"]] == [second["prefix"], key["prefix"]]
        assert datetime.fromisoformat(shown["secrets"][1]["expiresAt"]) <= datetime.now(UTC) + GRACE

    async def test_by_two_at_once_is_done_once(self, house: House) -> None:
        place = await clinic(house)
        key = await made(place.admin)
        answers = await asyncio.gather(
            *(place.admin.client.post(f"{KEYS}/{key['id']}/rotate", json={}) for _ in range(4))
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        async with house.services.pool.connection() as connection:
            kept = await (
                await connection.execute(
                    "SELECT count(*) FROM identity.api_key_secrets WHERE key_id = %s", (key["id"],)
                )
            ).fetchone()
        assert kept == (2,), "of those refused nothing is kept"

    @pytest.mark.requirement("R537")
    async def test_is_called_to_mind_once_a_month_and_not_of_a_newer_secret(self, house: House) -> None:
        place = await clinic(house)
        key = await made(place.admin)
        now = datetime.now(UTC)
        await house.drain(at=now + OLD - timedelta(minutes=1))
        assert reminders(house, key) == 0
        await house.drain(at=now + OLD + timedelta(minutes=1))
        assert reminders(house, key) == 1
        await house.drain(at=now + 2 * OLD + timedelta(minutes=1))
        assert reminders(house, key) == 2
        told(await place.admin.client.post(f"{KEYS}/{key['id']}/rotate", json={}), 201)
        await house.drain(at=now + OLD)
        assert reminders(house, key) == 2


def reminders(house: House, key: dict[str, Any]) -> int:
    """Count the notices about a key."""
    spool = house.services.settings.state / "spool"
    return sum("rotate-api-key" in text and key["id"] in text for text in (p.read_text() for p in spool.glob("*.json")))


class TestSecrets:
    async def test_of_keys_and_links_lie_nowhere_in_the_clear(
        self, house: House, capsys: pytest.CaptureFixture[str]
    ) -> None:
        place, email = await clinic(house), f"canary-{uuid7()}@example.org"
        link = await invited(house, place, email, "doctor")
        key = await made(place.admin)
        second = told(await place.admin.client.post(f"{KEYS}/{key['id']}/rotate", json={}), 201)
        told(await program(house, key["secret"]).get(PATIENTS))
        told(await place.admin.client.get(f"{place.path}/invitations"))
        again = {"email": email, "roles": ["nurse"]}
        answer = await place.admin.client.post(f"{place.path}/invitations", json=again)
        wrong = await house.anonymous().post("/api/invitations/view", json={"token": [link]})
        assert email not in answer.text
        assert link not in wrong.text
        await house.drain()
        spool = house.services.settings.state / "spool"
        places = {
            "database": everything(house.database_url),
            "spool": "\n".join(path.read_text() for path in spool.glob("*")),
            "log": capsys.readouterr().out,
        }
        found = [
            (where, secret[:12]) for where, text in places.items()
            for secret in (email, link, key["secret"], second["secret"])
            for form in as_stored(secret) if form in text
        ]  # fmt: skip
        assert found == []
        assert key["prefix"] in places["database"], "the search finds what is there"
