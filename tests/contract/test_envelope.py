"""Whatever is asked, also what no route ever sees: the answer has the one shape, and the right status."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import httpx
import pytest

Client = Callable[..., httpx.AsyncClient]
PLANS = "/api/billing/plans"
KEYS = {"success", "data", "meta", "error", "timestamp"}
JSON = {"Content-Type": "application/json"}
REFUSED = [
    ("GET", "/nowhere", {}, b"", 404, "no-such-path"),
    ("GET", "/api/nowhere", {}, b"", 404, "no-such-path"),
    ("GET", "/docs/assets/nowhere.js", {}, b"", 404, "no-such-path"),
    ("GET", f"{PLANS}/", {}, b"", 404, "no-such-path"),
    ("PATCH", PLANS, {}, b"", 405, "method-not-allowed"),
    ("BREW", PLANS, {}, b"", 405, "method-not-allowed"),
    ("POST", PLANS, JSON, b"{", 400, "malformed"),
    ("POST", PLANS, JSON, b"\xff\xfe", 400, "malformed"),
    ("POST", PLANS, JSON, b"[" * 5000, 400, "too-deeply-nested"),
    ("POST", PLANS, {"Content-Type": "text/plain"}, b"name=Basic", 415, "unsupported-media-type"),
    ("POST", PLANS, {"Content-Type": "application/xml"}, b"<plan/>", 415, "unsupported-media-type"),
    ("POST", PLANS, JSON, b"{}", 422, "invalid-request"),
    ("POST", PLANS, JSON, b"", 422, "invalid-request"),
    ("POST", PLANS, JSON, b"[]", 422, "invalid-request"),
    ("GET", f"{PLANS}/not-an-id", {}, b"", 422, "invalid-request"),
    ("GET", f"{PLANS}/01990000-0000-7000-8000-000000000001", {}, b"", 404, "not-found"),
    ("GET", f"{PLANS}?limit=1001", {}, b"", 422, "invalid-request"),
]  # fmt: skip


@pytest.mark.requirement("R515")
@pytest.mark.parametrize(("method", "path", "headers", "body", "status", "code"), REFUSED)
async def test_a_refusal_has_the_one_shape(
    client: Client, method: str, path: str, headers: dict[str, str], body: bytes, status: int, code: str
) -> None:
    response = await client("clinic_admin").request(method, path, headers=headers, content=body)
    assert response.headers["content-type"] == "application/json"
    said = response.json()
    assert said.keys() == KEYS
    assert (response.status_code, said["error"]["code"]) == (status, code)
    assert (said["success"], said["data"], said["meta"]) == (False, None, None)
    assert said["error"].keys() == {"code", "message", "details", "request_id"}
    assert UUID(said["error"]["request_id"])
    assert datetime.fromisoformat(said["timestamp"]).tzinfo is not None


class TestMethodNotAllowed:
    async def test_names_the_methods_that_are(self, client: Client) -> None:
        response = await client("clinic_admin").patch(PLANS)
        assert set(response.headers["allow"].split(", ")) == {"GET", "POST"}
