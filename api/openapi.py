"""Completes the OpenAPI document with what holds for every route: who is asking, headers, refusals and examples."""

import inspect
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from adapters.bootstrap import LIMITS, LimitsUnavailable, TooManyRequests
from api import asking
from api.bodies import SAFE, HeadersTooLarge, TargetTooLong, TooDeep
from api.deadline import TookTooLong
from api.entering import COOKIE, COOKIE_PATH
from api.envelope import Refusal
from api.errors import STATUS, BodyTooLarge, InvalidRequest, Malformed, UnsupportedBody
from api.examples import ID, Examples
from api.headers import HEADERS, PARAMETERS, RATE_LIMITS
from api.marks import limits_of
from api.reach import Reach, reach
from api.same_site import CrossSite
from api.tags import described
from application.kernel.reach import NotPermitted
from application.ports.access_log import AccessNotRecorded
from application.ports.event_store import CommandKeyReused, CommandRepeated, VersionMismatch
from domain.kernel.errors import Kind, Refused

JSON = "application/json"
METHODS = frozenset({"get", "post", "put", "patch", "delete"})
SCHEMES: dict[str, Any] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token: names user, organisation, session and roles.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "A program's key; it may come as a bearer token too.",
    },
    "refreshCookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "The refresh token, where the body does not bring it.",
    },
}
#: Routes that take the cookie instead of a token.
BY_COOKIE = frozenset({"/api/auth/refresh"})
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
#: What is said by what stands around every route.
AROUND: tuple[type[Refused], ...] = (HeadersTooLarge, TargetTooLong, TooManyRequests, TookTooLong)


ALWAYS = ("X-Request-ID", "X-Correlation-ID", *RATE_LIMITS)


class Described(NamedTuple):
    """One operation of the document, the route behind it, and what that can come to."""

    path: str
    method: str
    operation: dict[str, Any]
    route: APIRoute
    reach: Reach

    @property
    def permission(self) -> str | None:
        """The permission the route needs."""
        permission: str | None = getattr(self.route.endpoint, "permission", None)
        return permission

    def comes_to(self, function: object) -> bool:
        """Whether answering may call a function."""
        return inspect.unwrap(function) in self.reach.functions  # type: ignore[arg-type]


def describe(app: FastAPI) -> None:
    """Complete the document when it is first asked for; no request pays anything for it."""
    plain = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = completed(app, plain())
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's own way of extending the document


def completed(app: FastAPI, made: dict[str, Any]) -> dict[str, Any]:
    """Return the document with all that the routes do not say themselves."""
    components = made.setdefault("components", {})
    every = list(operations(app, made))
    refusals: set[type[Refused]] = set()
    for one in every:
        refusals |= _complete(one, Examples(components["schemas"]))
    components["schemas"] |= _refusal_schemas()
    components["securitySchemes"] = SCHEMES
    components["parameters"] = PARAMETERS
    components["headers"] = HEADERS
    components["examples"] = {refusal.code: _example(refusal) for refusal in sorted(refusals, key=lambda r: r.code)}
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    components["schemas"] = dict(sorted(components["schemas"].items()))
    made["tags"] = described({tag for one in every for tag in one.operation.get("tags", [])})
    return made


def _refusal_schemas() -> dict[str, Any]:
    schema = Refusal.model_json_schema(ref_template="#/components/schemas/{model}")
    return {"Refusal": schema, **schema.pop("$defs")}


def operations(app: FastAPI, made: dict[str, Any]) -> Iterator[Described]:
    """Yield every operation of the document."""
    for context in iter_route_contexts(app.routes):
        route, path = context.original_route, context.path_format or ""
        if isinstance(route, APIRoute) and route.include_in_schema and path in made["paths"]:
            found = reach(route.dependant)
            for method in route.methods or ():
                yield Described(path, method.lower(), made["paths"][path][method.lower()], route, found)


def _complete(one: Described, examples: Examples) -> set[type[Refused]]:
    one.operation["security"] = _security(one)
    one.operation.setdefault("parameters", []).extend(_headers_taken(one))
    for parameter in one.operation["parameters"]:
        if parameter.get("in") == "path" and parameter["schema"].get("format") == "uuid":
            parameter.setdefault("example", ID)
    for status, response in list(one.operation["responses"].items()):
        if status.startswith("2"):
            _answered(one, response, examples)
        else:
            del one.operation["responses"][status]
    if "requestBody" in one.operation:
        content = one.operation["requestBody"]["content"][JSON]
        content["example"] = examples.sent(content["schema"])
    refusals = refusals_of(one)
    one.operation["responses"] |= _responses(refusals)
    if one.comes_to(asking.Ask.answer):
        one.operation["responses"]["304"] = {
            "description": "Not changed since (If-None-Match).",
            "headers": _named("ETag"),
        }
    return refusals


def refusals_of(one: Described) -> set[type[Refused]]:
    """Return what an operation can be refused by: what its code comes to, and what is refused around it."""
    found = set(one.reach.refusals) - {CommandRepeated}
    if one.permission is not None:
        found.add(AccessNotRecorded)
    else:
        found.discard(NotPermitted)
    if not one.comes_to(asking.Ask.context):
        found -= {VersionMismatch, CommandKeyReused}
    if one.operation.get("parameters") or "requestBody" in one.operation:
        found.add(InvalidRequest)
    if "requestBody" in one.operation:
        found |= {Malformed, UnsupportedBody, BodyTooLarge, TooDeep}
    if any(LIMITS[name].closes for name in limits_of(one.route)):
        found.add(LimitsUnavailable)
    if one.path.startswith(COOKIE_PATH) and one.method.upper() not in SAFE:
        found.add(CrossSite)
    return found | set(AROUND)


def _security(one: Described) -> list[dict[str, list[str]]]:
    if one.path in BY_COOKIE:
        return [{"refreshCookie": []}, {}]
    return [] if one.permission is None else [{"bearer": []}, {"apiKey": []}]


def _headers_taken(one: Described) -> Iterator[dict[str, str]]:
    names = ["RequestId", "CorrelationId"]
    if one.permission is not None:
        names += ["PurposeOfUse", "OnBehalfOf"]
    if one.comes_to(asking.Ask.fresh):
        names.append("WaitFor")
    if one.method == "get" and one.comes_to(asking.Ask.answer):
        names.append("IfNoneMatch")
    if one.comes_to(asking.Ask.context) and one.method != "get":
        names += ["IdempotencyKey"] + (["IfMatch"] if VersionMismatch in one.reach.refusals else [])
    for name in names:
        yield {"$ref": f"#/components/parameters/{name}"}


def _answered(one: Described, response: dict[str, Any], examples: Examples) -> None:
    names = list(ALWAYS)
    if one.comes_to(asking.Ask.answer) or one.comes_to(asking.Ask.command):
        names.append("ETag")
    if one.comes_to(asking.Ask.command):
        names.append("X-Position")
    response["headers"] = _named(*names)
    for media_type, content in list(response.get("content", {}).items()):
        if not content.get("schema"):
            del response["content"][media_type]  # FastAPI's default, where another one is stated
        elif "example" not in content:
            content["example"] = examples.answered(content["schema"])


def _named(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _responses(refusals: Iterable[type[Refused]]) -> dict[str, Any]:
    by_status: dict[int, set[type[Refused]]] = defaultdict(set)
    for refusal in refusals:
        by_status[STATUS[refusal.kind]].add(refusal)
    return {str(status): _response(status, by_status[status]) for status in sorted(by_status)}


def _response(status: int, refusals: set[type[Refused]]) -> dict[str, Any]:
    codes = sorted({refusal.code for refusal in refusals})
    later = any(refusal.kind in (Kind.LIMITED, Kind.UNAVAILABLE) for refusal in refusals)
    return {
        "description": f"{STATUS_TEXT[status]} Codes: {', '.join(codes)}.",
        "headers": _named(*ALWAYS, *(["Retry-After"] if later else [])),
        "content": {
            JSON: {
                "schema": {"$ref": "#/components/schemas/Refusal"},
                "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
            }
        },
    }


def _example(refusal: type[Refused]) -> dict[str, Any]:
    meaning = meaning_of(refusal)
    error = {"code": refusal.code, "message": meaning, "details": {}, "request_id": ID}
    value = {"success": False, "data": None, "meta": None, "error": error, "timestamp": "2026-12-15T10:00:00Z"}
    return {"summary": meaning, "value": value}


def meaning_of(refusal: type[Refused]) -> str:
    """Return what a refusal means, in one sentence or two: the first paragraph of its docstring."""
    return " ".join((inspect.getdoc(refusal) or "").split("\n\n")[0].split())
