"""What a request weighs and is made of is held against what comes, before anything is done with it."""

import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.bodies import DEEPEST, MOST_HEADER_BYTES, checked, deeper_than
from api.errors import BodyTooLarge, UnsupportedBody
from api.marks import Taking, taken_by, taking
from tests.api.house import House

Client = Callable[..., httpx.AsyncClient]
PLANS = "/api/billing/plans"
JSON = {"Content-Type": "application/json"}
MEBIBYTE = 1 << 20
UPLOAD = Taking(frozenset({"application/pdf"}), 3 * MEBIBYTE)


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.text


async def chunks(count: int, size: int = 64 * 1024) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b" " * size


class TestBody:
    async def test_that_is_announced_too_large_is_refused_before_it_comes(self, client: Client) -> None:
        answer = await client("clinic_admin").post(PLANS, content=b" " * (MEBIBYTE + 1), headers=JSON)
        refused(answer, 413, "body-too-large")
        assert answer.json()["error"]["details"] == {"most_bytes": MEBIBYTE}
        assert answer.headers["connection"] == "close"

    @pytest.mark.requirement("R020")
    async def test_that_comes_in_pieces_is_weighed_as_it_comes(self, client: Client) -> None:
        given = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal given
            async for chunk in chunks(1000):
                given += len(chunk)
                yield chunk

        refused(await client("clinic_admin").post(PLANS, content=endless(), headers=JSON), 413, "body-too-large")
        assert given <= MEBIBYTE + 2 * 64 * 1024

    async def test_that_lies_about_its_length_is_weighed_all_the_same(self, client: Client) -> None:
        headers = JSON | {"Content-Length": "10"}
        refused(await client("clinic_admin").post(PLANS, content=chunks(100), headers=headers), 413, "body-too-large")

    async def test_of_exactly_the_size_is_read(self, client: Client) -> None:
        answer = await client("clinic_admin").post(PLANS, content=b" " * (MEBIBYTE - 2) + b"{}", headers=JSON)
        refused(answer, 422, "invalid-request")

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
    async def test_of_another_kind_is_not_taken(self, client: Client, kind: str) -> None:
        answer = await client("clinic_admin").post(PLANS, content=b'{"name":"x"}', headers={"Content-Type": kind})
        refused(answer, 415, "unsupported-media-type")
        assert answer.json()["error"]["details"] == {"types": ["application/json"]}

    @pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/fhir+json"])
    async def test_of_json_by_any_of_its_names_is(self, client: Client, kind: str) -> None:
        answer = await client("clinic_admin").post(PLANS, content=b"{}", headers={"Content-Type": kind})
        refused(answer, 422, "invalid-request")

    async def test_need_not_be_there_or_be_of_any_kind(self, client: Client) -> None:
        answer = await client("clinic_admin").post("/api/appointments/0198c0de-0000-7000-8000-000000000001/confirm")
        refused(answer, 404, "not-found")

    async def test_nested_too_deeply_is_refused(self, client: Client) -> None:
        for body in (b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 40 + b"1" + b"}" * 40, b"[" * 5000):
            answer = await client("clinic_admin").post(PLANS, content=body, headers=JSON)
            refused(answer, 400, "too-deeply-nested")


class TestDepth:
    @pytest.mark.parametrize(
        ("body", "deep"),
        [
            (b"[" * DEEPEST + b"]" * DEEPEST, False),
            (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), True),
            (b'[{"a":' * 20 + b"1" + b"}]" * 20, True),
            (b'[{"a":' * 16 + b"1" + b"}]" * 16, False),
            (b"[" + b"[],{}," * 1000 + b"1]", False),
            (b'"' + b"[" * 1000 + b'"', False),
            (b'["' + b'\\"[' * 1000 + b'"]', False),
            (b'"' + b'\\"[' * 1000, False),
            (b"[]" * 1000 + b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), True),
        ],
    )
    def test_is_counted_outside_of_strings(self, body: bytes, deep: bool) -> None:
        assert deeper_than(body, DEEPEST) is deep

    @pytest.mark.parametrize(
        "piece", [b'\\"', b'"', b"[", b"]", b"[]", b"{", b"{[]}", b"[" * 31 + b"]" * 31, b'["\\', b'"[\\"]"']
    )
    def test_takes_no_time_whatever_comes(self, piece: bytes) -> None:
        """Something quadratic would take minutes."""
        began = time.perf_counter()
        deeper_than(b'"' + piece * (MEBIBYTE // len(piece)), DEEPEST)
        deeper_than(piece * (MEBIBYTE // len(piece)), DEEPEST)
        assert time.perf_counter() - began < 10


class TestHead:
    async def test_that_is_too_large_is_refused(self, house: House) -> None:
        anyone = house.anonymous()
        refused(await anyone.get(PLANS, headers={"X-Long": "a" * MOST_HEADER_BYTES}), 431, "headers-too-large")
        refused(await anyone.get(PLANS, headers={f"X-{n}": "a" for n in range(120)}), 431, "headers-too-large")
        refused(await anyone.get(PLANS, params={"q": "a" * 20_000}), 414, "target-too-long")


def coming(kind: bytes, *parts: bytes) -> tuple[Any, Any]:
    """Return a request with a body in parts, as a server hands it over."""
    left = list(parts)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return {"type": "http", "method": "POST", "headers": [(b"content-type", kind)]}, receive


class TestUpload:
    async def test_is_a_stream_that_may_be_as_large_as_its_route_says(self) -> None:
        parts = [b"a" * MEBIBYTE] * 3
        scope, receive = coming(b"application/pdf", *parts)
        came = Request(scope, await checked(scope, receive, MEBIBYTE, UPLOAD))
        assert [part async for part in came.stream() if part] == parts

    async def test_breaks_off_where_it_is_larger(self) -> None:
        scope, receive = coming(b"application/pdf; x=y", *[b"a" * MEBIBYTE] * 4)
        came = Request(scope, await checked(scope, receive, MEBIBYTE, UPLOAD))
        with pytest.raises(HTTPException) as broken:
            await came.body()
        assert broken.value.status_code == 413

    async def test_that_is_announced_too_large_is_refused(self) -> None:
        scope, receive = coming(b"application/pdf", b"a")
        scope["headers"].append((b"content-length", b"%d" % (4 * MEBIBYTE)))
        with pytest.raises(BodyTooLarge):
            await checked(scope, receive, MEBIBYTE, UPLOAD)

    async def test_of_another_kind_is_not_taken_and_json_stays_as_small_as_everywhere(self) -> None:
        scope, receive = coming(b"image/png", b"a")
        with pytest.raises(UnsupportedBody):
            await checked(scope, receive, MEBIBYTE, UPLOAD)
        scope, receive = coming(b"application/json", b" " * MEBIBYTE, b" ")
        with pytest.raises(BodyTooLarge):
            await checked(scope, receive, MEBIBYTE, UPLOAD)

    def test_is_said_by_the_route_itself(self) -> None:
        from fastapi import APIRouter
        from fastapi.routing import APIRoute

        router = APIRouter()

        @router.post("/files")
        @taking("application/pdf", at_most=3 * MEBIBYTE)
        async def upload() -> None: ...

        [route] = [r for r in router.routes if isinstance(r, APIRoute)]
        assert taken_by(route) == UPLOAD
