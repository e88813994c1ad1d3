"""Refusals in the OpenAPI document: one response for each set of codes with a status, one example for each code."""

import inspect
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from api.errors import STATUS
from api.examples import ID
from domain.kernel.errors import Kind, Refused

JSON = "application/json"
STATUS_TEXT: dict[int, str] = {
    400: "The request cannot be read.",
    401: "No valid proof of who is asking.",
    402: "A subscription, or a payment, is needed first.",
    403: "Not allowed for this role, or a limit is reached.",
    404: "Not here (another tenant's things are not here either).",
    409: "The thing's state, or another's, is in the way.",
    410: "Erased, or withdrawn: nobody can read it, or add to it, again.",
    412: "Changed since it was read (If-Match).",
    413: "The body is too long.",
    414: "The path and the query are too long.",
    415: "The body is of another media type.",
    422: "Readable, but not valid.",
    429: "Too often: wait for the given time.",
    431: "The headers are too long, or too many.",
    503: "Not now: retry after the given time.",
}


class Responses:
    """Gathers the responses of all operations; ``always``: the headers every answer has."""

    def __init__(self, always: Iterable[str]) -> None:
        self.shared: dict[str, Any] = {}
        self._always = tuple(always)
        self._names: dict[tuple[int, tuple[str, ...]], str] = {}
        self._refusals: dict[str, type[Refused]] = {}

    @property
    def examples(self) -> dict[str, Any]:
        """An example of every code that was named."""
        return {code: _example(self._refusals[code]) for code in sorted(self._refusals)}

    def of(self, refusals: Iterable[type[Refused]]) -> dict[str, Any]:
        """Return the responses of an operation that can be refused so, by status."""
        by_status: dict[int, set[type[Refused]]] = defaultdict(set)
        for refusal in sorted(refusals, key=lambda each: each.__name__):
            self._refusals.setdefault(refusal.code, refusal)
            by_status[STATUS[refusal.kind]].add(refusal)
        return {str(status): self._shared(status, by_status[status]) for status in sorted(by_status)}

    def _shared(self, status: int, refusals: set[type[Refused]]) -> dict[str, str]:
        codes = tuple(sorted({refusal.code for refusal in refusals}))
        name = self._names.get((status, codes))
        if name is None:
            alike = sum(known == status for known, _ in self._names)
            name = self._names[(status, codes)] = f"Refused{status}" + (f"V{alike + 1}" if alike else "")
            self.shared[name] = self._response(status, refusals, codes)
        return {"$ref": f"#/components/responses/{name}"}

    def _response(self, status: int, refusals: set[type[Refused]], codes: tuple[str, ...]) -> dict[str, Any]:
        later = any(refusal.kind in (Kind.LIMITED, Kind.UNAVAILABLE) for refusal in refusals)
        return {
            "description": f"{STATUS_TEXT[status]} Codes: {', '.join(codes)}.",
            "headers": named(*self._always, *(["Retry-After"] if later else [])),
            "content": {
                JSON: {
                    "schema": {"$ref": "#/components/schemas/Refusal"},
                    "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
                }
            },
        }


def named(*names: str) -> dict[str, Any]:
    """Return headers as an answer names them."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def meaning_of(refusal: type[Refused]) -> str:
    """Return what a refusal means, in one sentence or two: the first paragraph of its docstring."""
    return " ".join((inspect.getdoc(refusal) or "").split("\n\n")[0].split())


def _example(refusal: type[Refused]) -> dict[str, Any]:
    meaning = meaning_of(refusal)
    error = {"code": refusal.code, "message": meaning, "details": {}, "request_id": ID}
    value = {"success": False, "data": None, "meta": None, "error": error, "timestamp": "2026-12-15T10:00:00Z"}
    return {"summary": meaning, "value": value}
