"""Messages to where providers tell what happened: whatever nobody signed a moment ago changes nothing."""

import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from uuid_utils.compat import uuid7

from adapters.embedded.servers import Servers
from adapters.federation.configured import Provider
from tests.api.house import Ground, House, open_house
from tests.api.people import refused, told
from tests.federation.stand_in import CLIENT, SECRET

HEAR, WEBHOOK = "/api/webhooks/identity/{}", "whsec_of_the_tests"
NOBODY = "http://127.0.0.1:9"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(ground: Ground, servers: Servers) -> AsyncIterator[House]:
    """A house that listens to one WorkOS, has no secret of another's webhooks, and knows a provider that tells none."""
    workos = Provider(
        kind="workos", issuer=NOBODY, client_id=CLIENT, client_secret=SecretStr(SECRET),
        webhook_secret=SecretStr(WEBHOOK),
    )  # fmt: skip
    silent = workos.model_copy(update={"webhook_secret": None})
    here = Provider(issuer=NOBODY, client_id=CLIENT)
    known = {"workos": workos, "silent": silent, "here": here}
    async with open_house(ground, servers.redis_url, identity_providers=known) as made:
        yield made


def message(event: str = "user.deleted", **other: Any) -> bytes:
    plain = {"id": f"event_{uuid7()}", "event": event, "data": {"id": "user_1"}}
    return json.dumps({n: value for n, value in (plain | other).items() if value is not ...}).encode()


def signed(body: bytes, *, secret: str = WEBHOOK, at: int | None = None) -> str:
    moment = str(int(time.time() * 1000) if at is None else at)
    return f"t={moment}, v1={hmac.digest(secret.encode(), f'{moment}.'.encode() + body, 'sha256').hex()}"


async def tell(house: House, body: bytes, signature: str | None, name: str = "workos") -> httpx.Response:
    headers = {"Content-Type": "application/json"}
    if signature is not None:
        headers["WorkOS-Signature"] = signature
    return await house.anonymous().post(HEAR.format(name), content=body, headers=headers)


class TestAMessage:
    async def test_that_is_signed_is_heard_once_in_milliseconds_or_in_seconds(self, house: House) -> None:
        body = message()
        assert told(await tell(house, body, signed(body))) == {"news": True}
        assert told(await tell(house, body, signed(body, at=int(time.time())))) == {"news": False}

    async def test_about_what_is_no_concern_of_ours_is_taken_and_changes_nothing(self, house: House) -> None:
        body = message("dsync.group.created")
        assert told(await tell(house, body, signed(body))) == {"news": True}

    @pytest.mark.parametrize(
        "signature",
        [None, "", "t=,v1=", "v1=00", "t=now,v1=00", "nonsense", "t=1,t=2", f"t={'9' * 40},v1=00", "t=1,v1=é",
         "x" * 5000],
    )  # fmt: skip
    async def test_without_a_signature_is_refused(self, house: House, signature: str | None) -> None:
        encoded = signature if signature is None or signature.isascii() else None
        refused(await tell(house, message(), encoded), 401, "identity-refused")

    async def test_signed_with_another_secret_is_refused(self, house: House) -> None:
        body = message()
        refused(await tell(house, body, signed(body, secret="another")), 401, "identity-refused")

    async def test_that_was_changed_after_it_was_signed_is_refused(self, house: House) -> None:
        signature = signed(message())
        refused(await tell(house, message(data={"id": "user_2"}), signature), 401, "identity-refused")

    @pytest.mark.parametrize("minutes", [-4, 4, -100_000])
    async def test_of_another_time_is_refused(self, house: House, minutes: int) -> None:
        body = message()
        at = int(time.time() * 1000) + minutes * 60_000
        refused(await tell(house, body, signed(body, at=at)), 401, "identity-refused")

    @pytest.mark.parametrize(
        "body", [b"", b"{}", b"[]", b"<html>", b"\xff", message(id=...), message(id=""), message(id="\x00"),
                 message(id="x" * 200), message(id="event_7", data=7), message(id=None)]
    )  # fmt: skip
    async def test_that_says_nothing_is_refused_though_signed(self, house: House, body: bytes) -> None:
        refused(await tell(house, body, signed(body)), 401, "identity-refused")

    async def test_about_nobody_is_taken_and_changes_nothing(self, house: House) -> None:
        for event in ("user.deleted", "session.revoked"):
            for about in ({}, {"id": None}, {"id": {"x": 1}}, {"id": ""}):
                body = message(event, data=about)
                told(await tell(house, body, signed(body)))

    async def test_longer_than_any_is_refused(self, house: House) -> None:
        body = message(more="x" * 2_000_000)
        refused(await tell(house, body, signed(body)), 413, "body-too-large")

    @pytest.mark.parametrize("name", ["silent", "here", "nobody", "..%2Fworkos"])
    async def test_of_a_provider_that_is_not_listened_to_finds_nothing(self, house: House, name: str) -> None:
        body = message()
        assert (await tell(house, body, signed(body), name)).status_code == 404
