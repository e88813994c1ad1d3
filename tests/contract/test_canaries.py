"""A refusal says what is wrong with what was sent, and never what was sent."""

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest

from tests.api.house import Ground, House, open_house
from tests.api.test_every_look import settle
from tests.contract.lists import placed

CANARY = "Jane Doe, canary"
HEADERS = ("X-Purpose-Of-Use", "X-On-Behalf-Of", "X-Wait-For", "If-Match", "X-Request-ID")
JSON = "application/json"


class Sent(NamedTuple):
    """A request with the canary in one place."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


def seeded(value: Any) -> Iterator[Any]:
    """Yield copies of a value with the canary in place of one of its strings each."""
    if isinstance(value, str):
        yield CANARY
    elif isinstance(value, dict):
        for name, inner in value.items():
            for other in seeded(inner):
                yield value | {name: other}
        yield value | {CANARY: CANARY}
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            for other in seeded(inner):
                yield [*value[:place], other, *value[place + 1 :]]


def requests(document: dict[str, Any], known: dict[str, str]) -> Iterator[Sent]:
    """Yield, for every operation, requests with the canary wherever it can be sent; in headers once for each set of
    those taken, for what stands around the routes reads them."""
    tried: set[frozenset[str]] = set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            here = placed(path, known)
            content = operation.get("requestBody", {}).get("content", {}).get(JSON)
            body = copy.deepcopy(content["example"]) if content else None
            for other in seeded(body):
                yield Sent(method, here, {}, other, {})
            for parameter in [p for p in operation.get("parameters", []) if p.get("in") == "query"]:
                yield Sent(method, here, {parameter["name"]: CANARY}, body, {})
            yield Sent(method, here, {CANARY: CANARY}, body, {})
            for name in [p["name"] for p in operation.get("parameters", []) if p.get("in") == "path"]:
                yield Sent(method, placed(path, known | {name: CANARY}), {}, body, {})
            taken = frozenset(p["$ref"] for p in operation.get("parameters", []) if "$ref" in p)
            for header in HEADERS if taken not in tried else ():
                yield Sent(method, here, {}, body, {header: CANARY})
            tried.add(taken)


@pytest.mark.requirement("R345", "R274")
class TestRefusal:
    async def test_repeats_nothing_of_what_was_sent(self, ground: Ground, redis_url: str) -> None:
        async with open_house(ground, redis_url, wait_for_seconds=0.01) as house:
            told, refused = await self.said(house, house.client("system"))
        assert refused > 800
        assert told == []

    async def said(self, house: House, client: httpx.AsyncClient) -> tuple[list[str], int]:
        """Return the refusals that told of the canary, and how many there were at all."""
        told, refused = [], 0
        for sent in requests(house.app.openapi(), await settle(house)):
            response = await client.request(
                sent.method.upper(), sent.path, params=sent.query, json=sent.body, headers=sent.headers
            )
            if response.status_code >= 400:
                refused += 1
                if "canary" in response.text or "canary" in str(response.headers):
                    told.append(f"{sent.method} {sent.path}: {response.text}")
        return told, refused
