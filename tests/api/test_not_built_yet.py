"""An installation that has just been made, whose projector has not run: questions are put off, none fails."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from string import Formatter
from typing import Any
from uuid import uuid4

import pytest
from fastapi.routing import iter_route_contexts

from tests.api.house import House, open_house, prepare_ground

ROLES = ("clinic_admin", "doctor", "patient", "auditor", "privacy_officer", "analyst")
TOLD = frozenset({200, 400, 401, 403, 404, 405, 422, 503})


@pytest.fixture
async def unbuilt(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A house over a database in which no read model has been made."""
    async with open_house(prepare_ground(database_url, tmp_path), redis_url) as made:
        yield made


def reads(house: House) -> list[str]:
    """Every path that can be read, any ids in it."""
    made = []
    for context in iter_route_contexts(house.app.router.routes):
        if "GET" in (context.methods or ()):
            names = [name for _, name, _, _ in Formatter().parse(str(context.path)) if name]
            made.append(str(context.path).format(**{name.partition(":")[0]: uuid4() for name in names}))
    return made


class TestNewInstallation:
    async def test_asks_whoever_reads_to_come_again_in_a_moment(self, unbuilt: House) -> None:
        response = await unbuilt.client("clinic_admin").get(f"/api/appointments/{uuid4()}")
        assert (response.status_code, response.json()["error"]["code"]) == (503, "not-built-yet")
        assert int(response.headers["Retry-After"]) > 0

    async def test_answers_many_at_once_alike(self, unbuilt: House) -> None:
        client, path = unbuilt.client("clinic_admin"), f"/api/appointments/{uuid4()}"
        answers = await asyncio.gather(*(client.get(path) for _ in range(20)))
        assert {answer.json()["error"]["code"] for answer in answers} == {"not-built-yet"}

    async def test_fails_at_no_route_for_anybody(self, unbuilt: House) -> None:
        wrong: list[Any] = []
        for role in ROLES:
            client = unbuilt.client(role)
            for path in reads(unbuilt):
                response = await client.get(path)
                if response.status_code not in TOLD:
                    wrong.append((role, path, response.status_code))
        assert wrong == []


class TestWhoGoesAway:
    async def test_before_the_request_is_complete_is_no_failure(self, unbuilt: House) -> None:
        statuses: list[int] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        token = unbuilt.client("clinic_admin").headers["Authorization"].encode()
        headers = [(b"authorization", token), (b"content-type", b"application/json"), (b"content-length", b"2")]
        scope = {"type": "http", "method": "POST", "path": "/api/appointments", "raw_path": b"/api/appointments",
                 "query_string": b"", "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
                 "scheme": "http", "root_path": "", "http_version": "1.1"}  # fmt: skip
        await unbuilt.app(scope, receive, send)
        assert statuses == [400]
