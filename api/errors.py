"""The only place that knows HTTP statuses: every refusal, bad body and failure becomes one envelope."""

import re
import traceback
from pathlib import Path

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from api.envelope import refusal
from domain.kernel.errors import Kind, Refused

STATUS: dict[Kind, int] = {
    Kind.MALFORMED: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.PAYMENT_REQUIRED: 402,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.WRONG_METHOD: 405,
    Kind.CONFLICT: 409,
    Kind.GONE: 410,
    Kind.STALE: 412,
    Kind.TOO_LARGE: 413,
    Kind.TARGET_TOO_LONG: 414,
    Kind.UNSUPPORTED: 415,
    Kind.INVALID: 422,
    Kind.LIMITED: 429,
    Kind.HEADERS_TOO_LARGE: 431,
    Kind.FAILED: 500,
    Kind.UNAVAILABLE: 503,
}
NOT_MODIFIED = 304
RETRY_AFTER = 1
#: How much of the way to a failure is logged.
FRAMES = 6
LATER = frozenset({Kind.LIMITED, Kind.UNAVAILABLE})
MALFORMED_TYPES = {"json_invalid", "json_type"}
#: What FastAPI says of a body it did not take for JSON.
UNREAD_TYPES = {"model_attributes_type", "dict_type", "model_type"}
#: What the name of a field looks like; anything else may be what somebody wrote into the wrong place.
A_NAME = re.compile(r"[\w$\[\]().,-]{1,60}", re.ASCII)
log = structlog.get_logger("api")


class Malformed(Refused):
    """The request cannot be read: its body is not JSON, or not what HTTP allows."""

    code = "malformed"
    kind = Kind.MALFORMED


class InvalidRequest(Refused):
    """A field of the body, the path or the query has the wrong shape; ``details.problems`` say where and why."""

    code = "invalid-request"
    kind = Kind.INVALID


class NoSuchPath(Refused):
    """No route has this path."""

    code = "no-such-path"
    kind = Kind.NOT_FOUND


class MethodNotAllowed(Refused):
    """The path is there, but not for this method; ``Allow`` names those it takes."""

    code = "method-not-allowed"
    kind = Kind.WRONG_METHOD


class BodyTooLarge(Refused):
    """The body is longer than this server takes."""

    code = "body-too-large"
    kind = Kind.TOO_LARGE


class UnsupportedBody(Refused):
    """The body is of another media type than the route takes."""

    code = "unsupported-media-type"
    kind = Kind.UNSUPPORTED


class InternalError(Refused):
    """Something failed on our side; whoever runs this finds it in the log by the request id."""

    code = "internal-error"
    kind = Kind.FAILED


def request_id(request: Request) -> str:
    """Return the id the request goes by in headers, logs and events."""
    return str(request.scope.get("request_id", ""))


async def on_refused(request: Request, error: Exception) -> Response:
    """Answer an expected refusal."""
    assert isinstance(error, Refused)
    if looking := request.scope.get("looking"):
        looking.refusal = error.code
    return _refused(request, error, {})


def _refused(request: Request, error: Refused, headers: dict[str, str]) -> Response:
    if error.kind in LATER or "retry_after" in error.details:
        headers["Retry-After"] = str(error.details.get("retry_after", RETRY_AFTER))
    if error.kind is Kind.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"
    return refusal(STATUS[error.kind], error.code, error.message, error.details, request_id(request), headers)


async def on_invalid(request: Request, error: Exception) -> Response:
    """Answer a request whose body, path or query has the wrong shape; the values sent are not repeated."""
    assert isinstance(error, RequestValidationError)
    problems = [
        {"where": ".".join(_told(part) for part in e["loc"]), "problem": e["msg"], "type": e["type"]}
        for e in error.errors()
    ]
    types = {problem["type"] for problem in problems}
    if types & MALFORMED_TYPES:
        return _refused(request, Malformed("The body is not valid JSON.", problems=problems), {})
    if any(e["loc"] == ("body",) and e["type"] in UNREAD_TYPES for e in error.errors()) and not _is_json(request):
        return _refused(request, UnsupportedBody("Send the body as application/json."), {})
    return _refused(request, InvalidRequest("The request does not have the expected shape.", problems=problems), {})


def _told(part: object) -> str:
    """Return a step to where a problem is; a name that no field could have is not repeated."""
    said = str(part)
    return said if A_NAME.fullmatch(said) else "(unknown)"


async def on_http(request: Request, error: Exception) -> Response:
    """Answer what the framework itself refuses (no such path, method not allowed, a body it cannot parse)."""
    assert isinstance(error, HTTPException)
    refused, headers = _framework_refusal(error.status_code), dict(error.headers or {})
    if refused.kind is Kind.WRONG_METHOD:
        headers["Allow"] = ", ".join(request.app.state.route_table.allowed(request.scope))
    return _refused(request, refused, headers)


def _framework_refusal(status: int) -> Refused:
    match status:
        case 404:
            return NoSuchPath("There is nothing at this path.")
        case 405:
            return MethodNotAllowed("This path does not take this method: see the Allow header.")
        case 413:
            return BodyTooLarge("The body is too long.")
        case 415:
            return UnsupportedBody("Send the body as application/json.")
        case _ if status < STATUS[Kind.FAILED]:
            return Malformed("The request cannot be read.")
        case _:
            return InternalError("Something failed on our side; quote the request id.")


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


async def on_failure(request: Request, error: Exception) -> Response:
    """Answer a failure of our own: nothing of it is shown; its kind and place are logged under the request id."""
    log.error("api.request.failed", request_id=request_id(request), error=type(error).__name__, at=place(error))
    return _refused(request, InternalError("Something failed on our side; quote the request id."), {})


def place(error: BaseException) -> list[str]:
    """Return the innermost lines an error passed, last first: no value, and nothing of what it says."""
    frames = traceback.extract_tb(error.__traceback__)[: -FRAMES - 1 : -1]
    return [f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno}" for frame in frames]


async def on_gone(request: Request, error: Exception) -> Response:
    """Answer who went away before the request had come: nobody hears it, and it is no failure of ours."""
    return _refused(request, Malformed("The request ended before it was complete."), {})


def install(app: FastAPI) -> None:
    """Attach the handlers."""
    app.add_exception_handler(Refused, on_refused)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(ClientDisconnect, on_gone)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_failure)
