"""The only place that knows HTTP statuses: every refusal, bad body and failure becomes one envelope."""

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.envelope import refusal
from domain.kernel.errors import Kind, Refused

STATUS: dict[Kind, int] = {
    Kind.MALFORMED: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.PAYMENT_REQUIRED: 402,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.GONE: 410,
    Kind.STALE: 412,
    Kind.INVALID: 422,
    Kind.LIMITED: 429,
    Kind.UNAVAILABLE: 503,
}
RETRY_AFTER = 1
LATER = frozenset({Kind.LIMITED, Kind.UNAVAILABLE})
MALFORMED_TYPES = {"json_invalid", "json_type"}
log = structlog.get_logger("api")


def request_id(request: Request) -> str:
    """Return the id the request goes by in headers, logs and events."""
    return str(request.scope.get("request_id", ""))


async def on_refused(request: Request, error: Exception) -> Response:
    """Answer an expected refusal."""
    assert isinstance(error, Refused)
    if looking := request.scope.get("looking"):
        looking.refusal = error.code
    status = STATUS[error.kind]
    headers = {"Retry-After": str(error.details.get("retry_after", RETRY_AFTER))} if error.kind in LATER else {}
    if status == STATUS[Kind.UNAUTHENTICATED]:
        headers["WWW-Authenticate"] = "Bearer"
    return refusal(status, error.code, error.message, error.details, request_id(request), headers)


async def on_invalid(request: Request, error: Exception) -> Response:
    """Answer a request whose body, path or query has the wrong shape; the values sent are not repeated."""
    assert isinstance(error, RequestValidationError)
    problems = [
        {"where": ".".join(str(part) for part in e["loc"]), "problem": e["msg"], "type": e["type"]}
        for e in error.errors()
    ]
    malformed = any(p["type"] in MALFORMED_TYPES for p in problems)
    status, code = (400, "malformed") if malformed else (422, "invalid-request")
    message = "The body is not valid JSON." if malformed else "The request does not have the expected shape."
    return refusal(status, code, message, {"problems": problems}, request_id(request), {})


async def on_http(request: Request, error: Exception) -> Response:
    """Answer what the router itself refuses (no such path, method not allowed)."""
    assert isinstance(error, HTTPException)
    codes = {404: "no-such-path", 405: "method-not-allowed"}
    code = codes.get(error.status_code, "http-error")
    return refusal(error.status_code, code, str(error.detail), {}, request_id(request), dict(error.headers or {}))


async def on_failure(request: Request, error: Exception) -> Response:
    """Answer a failure of our own: nothing of it is shown, its kind is logged under the request id."""
    log.error("api.request.failed", request_id=request_id(request), error=type(error).__name__)
    return refusal(500, "internal-error", "Something failed on our side; quote the request id.", {},
                   request_id(request), {})  # fmt: skip


def install(app: FastAPI) -> None:
    """Attach the handlers."""
    app.add_exception_handler(Refused, on_refused)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_failure)
