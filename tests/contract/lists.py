"""Every list of the application, found in its OpenAPI document, and how to ask for it."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx

from tests.api.test_every_look import NAME

NOWHERE = "01900000-0000-7000-8000-00000000000f"


def placed(path: str, known: Mapping[str, str]) -> str:
    """Return a path about what is known, and where nothing is, about nothing."""
    return path.format_map(defaultdict(lambda: NOWHERE, known))


class Part(NamedTuple):
    """One page as it was answered."""

    items: list[Any]
    meta: dict[str, Any]


class List(NamedTuple):
    """A route that answers with a page of a list, and the orders it can be had in."""

    method: str
    path: str
    required: tuple[str, ...]
    sorts: tuple[str, ...]

    @property
    def name(self) -> str:
        """As a person calls it."""
        return f"{self.method} {self.path}"

    async def ask(self, client: httpx.AsyncClient, known: dict[str, str], **query: Any) -> httpx.Response:
        """Ask for it, about what is ``known`` to be there."""
        body = None if self.method == "GET" else {"name": NAME}
        asked: dict[str, Any] = dict.fromkeys(self.required, known["patient_id"]) | query
        return await client.request(self.method, self.path.format(**known), params=asked, json=body)

    async def part(self, client: httpx.AsyncClient, known: dict[str, str], **query: Any) -> Part:
        """Return a page."""
        response = await self.ask(client, known, **query)
        assert response.status_code == 200, f"{self.name}: {response.text}"
        said = response.json()
        items = said["data"] if isinstance(said["data"], list) else said["data"]["entries"]
        return Part(items, said["meta"])


def lists(document: dict[str, Any]) -> list[List]:
    """Return every list there is."""
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parameters = {p["name"]: p for p in operation.get("parameters", []) if p.get("in") == "query"}
            if "cursor" in parameters:
                sorts = parameters.get("sort", {}).get("schema", {}).get("enum", [])
                needed = tuple(name for name in ("patientId",) if name in parameters)
                found.append(List(method.upper(), path, needed, tuple(sorts)))
    return found
