"""What every request goes through first: its ids in and out, its client, a metric, log lines, headers of caution."""

import time
from uuid import UUID

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars
from uuid_utils.compat import uuid7

from adapters.bootstrap import Settings
from api.caution import Caution
from api.client_address import client
from api.errors import on_failure
from api.metrics import REQUESTS

log = structlog.get_logger("api")


def _given(scope: Scope, header: bytes) -> UUID | None:
    """Return the id a header brings. Anything but a UUID could be somebody's name: it is as if it had not come."""
    for name, value in scope["headers"]:
        if name == header:
            try:
                return UUID(value.decode("ascii"))
            except ValueError:
                break
    return None


class Manners:
    """Pure ASGI middleware: nothing is buffered, one closure per request.

    ``request_id`` names this request, ``correlation_id`` all that follows from what it was part of: events, effects,
    log lines. Without a header saying otherwise they are the same.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._proxies = settings.proxies
        self._caution = Caution(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = scope["request_id"] = _given(scope, b"x-request-id") or uuid7()
        correlation_id = scope["correlation_id"] = _given(scope, b"x-correlation-id") or request_id
        address, scope["scheme"] = client(scope, self._proxies)
        scope["client"] = (address, scope["client"][1] if scope.get("client") else 0)
        request, correlation = str(request_id), str(correlation_id)
        status = 0

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                stated = list(message.get("headers", ()))
                ids = [(b"x-request-id", request.encode()), (b"x-correlation-id", correlation.encode())]
                message["headers"] = stated + ids + self._caution.on(scope, stated)
            await send(message)

        with bound_contextvars(request_id=request, correlation_id=correlation):
            try:
                await self._app(scope, receive, marked)
            except Exception as error:
                if status:
                    raise
                await (await on_failure(Request(scope), error))(scope, receive, marked)
            finally:
                seconds = time.perf_counter() - started
                route = getattr(scope.get("route"), "path", "unmatched")
                REQUESTS.labels(scope["method"], route, status or 500).observe(seconds)
                log.debug("api.request.answered", route=route, method=scope["method"], status=status or 500,
                          ms=round(seconds * 1000, 1))  # fmt: skip
