"""Requests made from the OpenAPI document, mostly wrong: what a careless, unlucky or hostile client sends."""

import json
import random
from typing import Any, NamedTuple

from uuid_utils.compat import uuid7

ODD: list[Any] = [
    None, "", 0, -1, 10**30, 1.5, "x", "2026-13-45", "\u0000", "ü" * 600, [], {}, True, "NaN", 1e308, ["a"], {"a": 1},
    "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", 2**63, "Europe/Lisbon", "INR",
]  # fmt: skip
PLAIN: dict[str, list[Any]] = {
    "string": ["x", "", "a" * 500, "2026-12-01T10:00", "UTC", "10:00", "INR"],
    "date-time": ["2026-12-01T10:00:00Z", "2027-03-28T01:30:00+00:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"],
    "date": ["2026-12-01", "9999-12-31", "0001-01-01"],
    "integer": [0, 1, 5, 30, -1, 2**31, 2**63, 10**20],
    "number": [0, 1.5, -2, 1e300],
    "boolean": [True, False],
}
SEGMENTS = ["abc", "%00", "..%2f", "ü"]


class Wrong(NamedTuple):
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes | None


class Nonsense:
    """Draws requests; ``known`` ids make some of them meet things that are there."""

    def __init__(self, document: dict[str, Any], seed: int) -> None:
        self._chance = random.Random(seed)
        self._schemas = document["components"]["schemas"]
        paths = document["paths"].items()
        self._operations = [(m, p, o) for p, ms in paths if p.startswith("/api") for m, o in ms.items()]
        self.known = [str(uuid7())]

    def request(self) -> Wrong:
        """Return the next request."""
        method, path, operation = self._chance.choice(self._operations)
        query = {}
        for parameter in operation.get("parameters", []):
            if parameter.get("in") == "path":
                path = path.replace(f"{{{parameter['name']}}}", self._segment())
            elif parameter.get("in") == "query" and self._chance.random() < 0.5:
                query[parameter["name"]] = str(self._value(parameter["schema"], 0))
        body = None
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            body = json.dumps(self._value(schema, 0)).encode()
        return Wrong(method.upper(), path, query, body)

    def _segment(self) -> str:
        if self._chance.random() < 0.05:
            return self._chance.choice(SEGMENTS)
        return self._chance.choice([*self.known, str(uuid7())])

    def _value(self, schema: dict[str, Any], depth: int) -> Any:
        if depth > 5 or self._chance.random() < 0.12:
            return self._chance.choice(ODD)
        if "$ref" in schema:
            return self._value(self._schemas[schema["$ref"].rpartition("/")[2]], depth + 1)
        if "anyOf" in schema:
            return self._value(self._chance.choice(schema["anyOf"]), depth + 1)
        if "enum" in schema:
            return self._chance.choice(schema["enum"])
        match schema.get("type"):
            case "object":
                return self._object(schema, depth)
            case "array":
                return [self._value(schema.get("items", {}), depth + 1) for _ in range(self._chance.randint(0, 3))]
            case "string" if schema.get("format") == "uuid":
                return self._chance.choice([*self.known, str(uuid7())])
            case kind:
                plain = PLAIN.get(str(schema.get("format")), PLAIN.get(str(kind), ODD))
                return self._chance.choice([*schema.get("examples", []), *plain])

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        required = schema.get("required", [])
        return {
            name: self._value(inner, depth + 1)
            for name, inner in schema.get("properties", {}).items()
            if name in required or self._chance.random() < 0.6
        }
