"""People with accounts: registered, signed in, and reading their mail."""

import json
from typing import Any, NamedTuple
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from tests.api.house import House

PASSWORD = "correct horse battery staple"


class Person(NamedTuple):
    """Someone who is signed in; ``client`` speaks in their name."""

    email: str
    password: str
    tokens: dict[str, Any]
    client: httpx.AsyncClient

    @property
    def id(self) -> UUID:
        return UUID(self.tokens["userId"])

    @property
    def session(self) -> str:
        return str(self.tokens["sessionId"])


def told(response: httpx.Response, status: int = 200) -> Any:
    """Return what an answer holds, after seeing its status."""
    assert response.status_code == status, response.text
    return response.json()["data"]


def refused(response: httpx.Response, status: int, code: str) -> None:
    """See that an answer is this refusal."""
    assert (response.status_code, response.json()["error"]["code"]) == (status, code), response.text


def someone() -> str:
    return f"person-{uuid7()}@example.org"


async def mail(house: House, email: str) -> list[tuple[str, dict[str, str]]]:
    """Return the notices that went to an address, the latest last, as (template, what only its owner may read)."""
    spool = house.services.settings.state / "spool"
    found = []
    for path in sorted(spool.glob("*.json"), key=lambda p: p.stat().st_mtime_ns):
        secret = await house.services.notifier.secret(UUID(path.stem))
        if secret.get("to") == email:
            found.append((json.loads(path.read_text())["template"], secret))
    return found


async def code(house: House, email: str) -> str:
    """Let everything follow that does, and return the code sent last."""
    await house.drain()
    return (await mail(house, email))[-1][1]["code"]


def with_token(house: House, tokens: dict[str, Any]) -> httpx.AsyncClient:
    """Return a client in the name of whoever was given these tokens."""
    client = house.anonymous()
    client.headers["Authorization"] = f"Bearer {tokens['accessToken']}"
    return client


async def signed_up(house: House, email: str | None = None, name: str = "Ana Sousa") -> Person:
    """Return someone who registered and confirmed their address."""
    address = email or someone()
    body = {"email": address, "password": PASSWORD, "name": name}
    told(await house.anonymous().post("/api/auth/register", json=body), 202)
    sent = {"email": address, "code": await code(house, address)}
    tokens = told(await house.anonymous().post("/api/auth/otp/verify", json=sent))
    return Person(address, PASSWORD, tokens, with_token(house, tokens))


async def signed_in(house: House, person: Person, **more: object) -> Person:
    """Return them with another session."""
    body = {"email": person.email, "password": person.password, **more}
    tokens = told(await house.anonymous().post("/api/auth/login", json=body))
    return Person(person.email, person.password, tokens, with_token(house, tokens))
