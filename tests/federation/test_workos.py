"""Signing in by WorkOS AuthKit, against its own emulator (npm workos), and what its webhooks lead to."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr
from uuid_utils.compat import uuid7

from adapters.federation.configured import Provider
from application.identity.align_membership import AlignMembership
from application.identity.doors import Visit
from tests.api.clinics import account, clinic
from tests.api.house import Ground, House, open_house
from tests.api.people import refused, told, with_token
from tests.federation.npm import running
from tests.federation.visits import come_back, leave

KEY, CLIENT, WEBHOOK = "sk_test_caretrail", "client_caretrail", "whsec_of_the_tests"
HEAR = "/api/webhooks/identity/workos"
Delivered = tuple[bytes, str]


class WorkOS(NamedTuple):
    """The emulator: where it is, and a client with the API key."""

    address: str
    api: httpx.Client

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self.api.post(path, json=body)
        assert answer.is_success, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def user(self, *, verified: bool = True) -> dict[str, Any]:
        return self.post(
            "/user_management/users", email=f"{uuid7()}@example.org", first_name="Ana", last_name="Sousa",
            email_verified=verified,
        )  # fmt: skip


@pytest.fixture(scope="module")
def workos() -> Iterator[WorkOS]:
    """The emulator, running."""
    bearer = {"Authorization": f"Bearer {KEY}"}
    with running("workos.mjs", KEY) as address, httpx.Client(base_url=address, headers=bearer) as api:
        yield WorkOS(address, api)


@pytest.fixture
async def house(ground: Ground, redis_url: str, workos: WorkOS) -> AsyncIterator[House]:
    """A house that knows it."""
    there = Provider(
        kind="workos", issuer=workos.address, client_id=CLIENT, client_secret=SecretStr(KEY),
        webhook_secret=SecretStr(WEBHOOK), roles={"physician": "doctor", "desk": "receptionist"},
    )  # fmt: skip
    async with open_house(ground, redis_url, identity_providers={"workos": there}) as made:
        yield made


async def sign_in(house: House, user: dict[str, Any], **asked: Any) -> httpx.Response:
    """Sign in as somebody whom the emulator knows."""
    away = await leave(house, "workos", **asked)
    async with httpx.AsyncClient() as browser:
        sent = await browser.get(f"{away.url}&login_hint={user['email']}")
    brought = dict(httpx.URL(sent.headers["location"]).params)
    assert brought.pop("state") == away.state
    return await come_back(house, away, **brought)


@contextmanager
def listening(workos: WorkOS, *events: str) -> Iterator["Queue[Delivered]"]:
    """Let the emulator deliver its webhooks to a server of ours; return what arrives: the body and its signature."""
    arrived: Queue[Delivered] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            arrived.put((body, self.headers["WorkOS-Signature"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/"
    endpoint = workos.post("/webhook_endpoints", endpoint_url=url, secret=WEBHOOK, events=list(events))
    try:
        yield arrived
    finally:
        workos.api.delete(f"/webhook_endpoints/{endpoint['id']}")
        server.shutdown()
        server.server_close()
        thread.join()


async def deliver(house: House, arrived: "Queue[Delivered]") -> Delivered:
    """Hand what the emulator delivered to the house."""
    body, signature = await asyncio.to_thread(arrived.get, timeout=10)
    assert told(await hand_on(house, body, signature)) == {"news": True}
    return body, signature


async def hand_on(house: House, body: bytes, signature: str) -> httpx.Response:
    """Post a message as the emulator did."""
    headers = {"Content-Type": "application/json", "WorkOS-Signature": signature}
    return await house.anonymous().post(HEAR, content=body, headers=headers)


class TestWorkOS:
    @pytest.mark.requirement("R001")
    @pytest.mark.requirement("R002")
    @pytest.mark.requirement("R062")
    async def test_signs_people_in_without_a_password(self, house: House, workos: WorkOS) -> None:
        user = workos.user()
        given = [told(await sign_in(house, user)) for _ in range(2)]
        assert [each["registered"] for each in given] == [True, False]
        assert given[0]["userId"] == given[1]["userId"]
        shown = told(await with_token(house, given[0]).get("/api/users/me"))
        assert (shown["email"], shown["name"]) == (user["email"], "Ana Sousa")
        bearer = house.services.identity.tokens.read(given[0]["accessToken"])
        assert bearer.authenticated_at.timestamp() > 0

    async def test_that_does_not_vouch_for_an_address_begins_no_account(self, house: House, workos: WorkOS) -> None:
        refused(await sign_in(house, workos.user(verified=False)), 403, "email-unverified")

    async def test_takes_a_code_once_and_only_with_the_verifier_of_its_trip(self, house: House, workos: WorkOS) -> None:
        user = workos.user()
        first, second = await leave(house, "workos"), await leave(house, "workos")
        async with httpx.AsyncClient() as browser:
            sent = await browser.get(f"{first.url}&login_hint={user['email']}")
        code = httpx.URL(sent.headers["location"]).params["code"]
        refused(await come_back(house, second, code=code), 401, "identity-refused")

    async def test_that_knows_nobody_signs_nobody_in(self, house: House) -> None:
        refused(await sign_in(house, {"email": "nobody@example.org"}), 401, "provider-declined")

    @pytest.mark.requirement("R014")
    async def test_session_that_is_revoked_there_ends_here(self, house: House, workos: WorkOS) -> None:
        user = workos.user()
        given, other = told(await sign_in(house, user)), told(await sign_in(house, user))
        sessions = workos.api.get(f"/user_management/users/{user['id']}/sessions").json()["data"]
        with listening(workos, "session.revoked") as arrived:
            workos.post("/user_management/sessions/revoke", session_id=sessions[0]["id"])
            await deliver(house, arrived)
        answers = [
            await house.anonymous().post("/api/auth/refresh", json={"refreshToken": each["refreshToken"]})
            for each in (given, other)
        ]
        assert sorted(answer.status_code for answer in answers) == [200, 401]

    async def test_user_who_is_deleted_there_has_no_way_in_here(self, house: House, workos: WorkOS) -> None:
        user = workos.user()
        given = told(await sign_in(house, user))
        with listening(workos, "user.deleted") as arrived:
            workos.api.delete(f"/user_management/users/{user['id']}")
            body, signature = await deliver(house, arrived)
        renewed = await house.anonymous().post("/api/auth/refresh", json={"refreshToken": given["refreshToken"]})
        refused(renewed, 401, "refresh-refused")
        assert told(await hand_on(house, body, signature)) == {"news": False}, "told twice, acted on once"


class TestMembership:
    async def test_there_is_one_here_with_the_roles_that_the_settings_name(self, house: House, workos: WorkOS) -> None:
        place, user = await clinic(house), workos.user()
        organization = workos.post("/organizations", name="A clinic", external_id=place.id)["id"]
        member = joined(workos, organization, user, "physician")
        given = told(await sign_in(house, user, organizationId=place.id))
        assert (given["organizationId"], given["roles"]) == (place.id, ["doctor"])
        with listening(workos, "organization_membership.updated", "organization_membership.deleted") as arrived:
            changed = workos.api.put(f"/user_management/organization_memberships/{member}", json={"role_slug": "desk"})
            assert changed.is_success
            await deliver(house, arrived)
            given = told(await sign_in(house, user, organizationId=place.id))
            assert given["roles"] == ["receptionist"]
            workos.api.delete(f"/user_management/organization_memberships/{member}")
            await deliver(house, arrived)
        refused(await sign_in(house, user, organizationId=place.id), 404, "no-standing")
        await house.services.identity.withdrawals.look()
        refused(await with_token(house, given).get("/api/users/me"), 401, "not-authenticated")

    async def test_that_was_given_here_is_not_changed_from_there(self, house: House, workos: WorkOS) -> None:
        place, user = await clinic(house), workos.user()
        person = UUID(told(await sign_in(house, user))["userId"])
        doors, visit = house.services.identity.doors, Visit("127.0.0.1", "", datetime.now(UTC), uuid7(), uuid7())
        own = AlignMembership(user_id=person, roles=("nurse",))
        await doors.act(own, visit, uuid7(), UUID(place.id))
        organization = workos.post("/organizations", name="A clinic", external_id=place.id)["id"]
        joined(workos, organization, user, "physician")
        assert told(await sign_in(house, user, organizationId=place.id))["roles"] == ["nurse"]

    @pytest.mark.parametrize("role", ["member", "system", "clinic_admin"])
    async def test_of_a_role_that_is_not_named_gives_nothing(self, house: House, workos: WorkOS, role: str) -> None:
        place, user = await clinic(house), workos.user()
        organization = workos.post("/organizations", name="A clinic", external_id=place.id)["id"]
        joined(workos, organization, user, role)
        refused(await sign_in(house, user, organizationId=place.id), 404, "no-standing")

    @pytest.mark.parametrize("external_id", [None, "no id", "01990000-0000-7000-8000-000000000001"])
    async def test_of_an_organisation_that_is_none_of_ours_gives_nothing(
        self, house: House, workos: WorkOS, external_id: str | None
    ) -> None:
        user = workos.user()
        organization = workos.post("/organizations", name="A clinic", external_id=external_id)["id"]
        joined(workos, organization, user, "physician")
        assert told(await sign_in(house, user))["roles"] == ["patient"]

    async def test_is_not_given_in_what_is_one_persons_own(self, house: House, workos: WorkOS) -> None:
        victim, user = await account(house), workos.user()
        await house.drain()
        own = victim.tokens["organizationId"]
        joined(workos, workos.post("/organizations", name="Own", external_id=own)["id"], user, "physician")
        refused(await sign_in(house, user, organizationId=own), 404, "no-standing")


def joined(workos: WorkOS, organization: str, user: dict[str, Any], role: str) -> str:
    """Let somebody belong to an organisation there; return the membership's id."""
    made = workos.post(
        "/user_management/organization_memberships", organization_id=organization, user_id=user["id"], role_slug=role
    )  # fmt: skip
    return str(made["id"])
