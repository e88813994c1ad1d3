"""A client that a machine wrote from the OpenAPI document, and nobody corrected, books an appointment."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.house import Ground, House
from tests.api.people import signed_up

PACKAGE = "caretrail_client"
BASE = "http://caretrail.test"
#: What a generator that knows JSON alone should make of the other media types.
CONFIG = {
    "post_hooks": [],
    "content_type_overrides": {"application/pdf": "application/octet-stream", "application/x-ndjson": "text/plain"},
}


@pytest.fixture(scope="module")
def generated(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder the client is in, importable."""
    folder = tmp_path_factory.mktemp("client")
    document, config = folder / "openapi.json", folder / "config.json"
    document.write_text(json.dumps(ground.app.openapi()))
    config.write_text(json.dumps(CONFIG))
    made = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", "--path", document, "--config", config,
         "--meta", "none", "--output-path", folder / PACKAGE, "--fail-on-warning"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    yield folder / PACKAGE
    sys.path.remove(str(folder))


def part(name: str) -> ModuleType:
    return importlib.import_module(f"{PACKAGE}.{name}")


def spoken_to(house: House, client: Any) -> Any:
    """Let a generated client speak to the house instead of the network."""
    headers = {"Authorization": f"Bearer {client.token}"} if hasattr(client, "token") else {}
    transport = httpx.ASGITransport(house.app, raise_app_exceptions=False)
    client.set_async_httpx_client(httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers))
    return client


@pytest.mark.requirement("R104")
@pytest.mark.requirement("R451")
class TestGeneratedClient:
    def test_has_a_function_for_every_operation(self, generated: Path, ground: Ground) -> None:
        operations = sum(len(methods) for methods in ground.app.openapi()["paths"].values())
        assert len([path for path in generated.glob("api/*/*.py") if path.name != "__init__.py"]) == operations
        for path in generated.rglob("*.py"):
            compile(path.read_text(), str(path), "exec")

    async def test_signs_in_books_and_reads(self, generated: Path, house: House) -> None:
        person, models = await signed_up(house), part("models")
        anyone = spoken_to(house, part("client").Client(BASE))
        body = models.LoginBody(email=person.email, password=person.password)
        tokens = (await part("api.auth.auth_login").asyncio(client=anyone, body=body)).data

        client = spoken_to(house, part("client").AuthenticatedClient(BASE, token=tokens.access_token))
        starts = (datetime.now(UTC) + timedelta(days=3)).replace(minute=0, second=0, microsecond=0)
        wish = models.BookBody(patient_id=tokens.user_id, practitioner_id=uuid4(), date=starts)
        book = part("api.appointments.appointments_book")
        booked = await book.asyncio_detailed(client=client, body=wish, idempotency_key="once")
        assert booked.status_code == 201
        again = await book.asyncio_detailed(client=client, body=wish, idempotency_key="once")
        assert again.parsed.data.id == booked.parsed.data.id

        await house.drain()
        read = part("api.appointments.appointments_read")
        position = int(booked.headers["x-position"])
        found = (await read.asyncio(booked.parsed.data.id, client=client, x_wait_for=position)).data
        assert (found.date, found.patient_id, found.status) == (starts, tokens.user_id, booked.parsed.data.status)

    async def test_reads_a_refusal_as_what_it_is(self, generated: Path, house: House) -> None:
        anyone = spoken_to(house, part("client").Client(BASE))
        body = part("models").LoginBody(email="nobody@example.org", password="not this")
        refused = await part("api.auth.auth_login").asyncio_detailed(client=anyone, body=body)
        assert (refused.status_code, refused.parsed.error.code) == (401, "sign-in-refused")
