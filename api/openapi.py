"""Completes the OpenAPI document with what holds for every route: who is asking, headers, refusals and examples."""

import inspect
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from adapters.bootstrap import LIMITS, LimitsUnavailable, TooManyRequests
from api import asking
from api.bodies import SAFE, HeadersTooLarge, TargetTooLong, TooDeep
from api.component_names import rename
from api.deadline import TookTooLong
from api.entering import COOKIE, COOKIE_PATH
from api.envelope import Refusal
from api.errors import BodyTooLarge, InvalidRequest, Malformed, UnsupportedBody
from api.examples import ID, Examples
from api.headers import HEADERS, PARAMETERS, PURPOSE, RATE_LIMITS
from api.idempotency import REPLAYED
from api.marks import limits_of
from api.reach import Reach, reach
from api.refusal_responses import Responses, named
from api.same_site import CrossSite
from api.tags import described
from application.kernel.reach import NotPermitted
from application.ports.access_log import AccessNotRecorded
from application.ports.event_store import CommandKeyReused, CommandRepeated, VersionMismatch
from application.ports.first_answers import RequestUnderWay
from domain.kernel.errors import Refused

JSON = "application/json"
KEPT = Path(__file__).with_name("openapi.json")
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

    @property
    def once(self) -> bool:
        """Whether its first answer is kept for who repeats the request."""
        return hasattr(self.route.endpoint, "once")

    def comes_to(self, function: object) -> bool:
        """Whether answering may call a function."""
        return inspect.unwrap(function) in self.reach.functions  # type: ignore[arg-type]


def describe(app: FastAPI) -> None:
    """Give the document out as it was last written: to make it takes seconds, in which a process answers nobody."""
    app.openapi = kept  # type: ignore[method-assign]  # FastAPI's own way of extending the document


@cache
def kept() -> dict[str, Any]:
    """Return the document that ``python -m scripts.generate`` wrote from the routes."""
    document: dict[str, Any] = json.loads(KEPT.read_text())
    return document


def document(app: FastAPI) -> dict[str, Any]:
    """Make the document from the routes as they are."""
    return completed(app, FastAPI.openapi(app))


def completed(app: FastAPI, made: dict[str, Any]) -> dict[str, Any]:
    """Return the document with all that the routes do not say themselves."""
    components = made.setdefault("components", {})
    every = list(operations(app, made))
    responses = Responses(ALWAYS)
    for one in every:
        _complete(one, Examples(components["schemas"]), responses)
    components["schemas"] |= {"PurposeOfUse": PURPOSE, **_refusal_schemas()}
    components["securitySchemes"] = SCHEMES
    components["parameters"] = PARAMETERS
    components["headers"] = HEADERS
    components["responses"] = responses.shared
    components["examples"] = responses.examples
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    rename(made)
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


def _complete(one: Described, examples: Examples, responses: Responses) -> None:
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
    one.operation["responses"] |= responses.of(refusals_of(one))
    if one.comes_to(asking.Ask.answer):
        one.operation["responses"]["304"] = {
            "description": "Not changed since (If-None-Match).",
            "headers": named("ETag"),
        }


def refusals_of(one: Described) -> set[type[Refused]]:
    """Return what an operation can be refused by: what its code comes to, and what is refused around it."""
    found = set(one.reach.refusals) - {CommandRepeated}
    if one.permission is not None:
        found.add(AccessNotRecorded)
    else:
        found.discard(NotPermitted)
    if not one.comes_to(asking.Ask.context):
        found -= {VersionMismatch, CommandKeyReused}
    if one.once:
        found |= {CommandKeyReused, RequestUnderWay}
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
    if one.once or (one.comes_to(asking.Ask.context) and one.method != "get"):
        names.append("IdempotencyKey")
    if one.comes_to(asking.Ask.context) and one.method != "get" and VersionMismatch in one.reach.refusals:
        names.append("IfMatch")
    for name in names:
        yield {"$ref": f"#/components/parameters/{name}"}


def _answered(one: Described, response: dict[str, Any], examples: Examples) -> None:
    names = list(ALWAYS)
    if one.comes_to(asking.Ask.answer) or one.comes_to(asking.Ask.told):
        names.append("ETag")
    if one.comes_to(asking.Ask.told):
        names.append("X-Position")
    if one.once or one.comes_to(asking.Ask.told):
        names.append(REPLAYED)
    response["headers"] = named(*names)
    for media_type, content in list(response.get("content", {}).items()):
        if not content.get("schema"):
            del response["content"][media_type]  # FastAPI's default, where another one is stated
        elif "example" not in content:
            content["example"] = examples.answered(content["schema"])
