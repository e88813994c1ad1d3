"""No byte of anyone's data leaves before the look at it is durably on record; if that fails, nothing is shown."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.bootstrap import Services
from api.errors import on_refused
from api.looking import Looking
from application.ports.access_log import AccessNotRecorded
from domain.identity.sensitivity import Sensitivity

#: Answers to what could not even be asked, or not now: nobody's data was looked for.
NO_LOOK = frozenset({400, 422, 429})


class Recording:
    """Pure ASGI middleware: holds an answer back until the access log has taken the entry.

    People who come into view later, while a long answer is being sent, get entries of their own before that part of it
    leaves; if one cannot be written, the answer is cut off.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, withheld = 0, False

        async def recorded(message: Message) -> None:
            nonlocal status, withheld
            if withheld:
                return
            first = message["type"] == "http.response.start"
            status = message["status"] if first else status
            try:
                await _record(scope, status, first)
            except AccessNotRecorded as refused:
                if not first:
                    raise
                withheld = True
                await (await on_refused(Request(scope), refused))(scope, receive, send)
                return
            await send(message)

        await self._app(scope, receive, recorded)


async def _record(scope: Scope, status: int, first: bool) -> None:
    looking: Looking | None = scope.get("looking")
    if looking is None or looking.shows is Sensitivity.IMPERSONAL or status in NO_LOOK or status >= 500:
        return
    if first or looking.has_news:
        services: Services = scope["app"].state.services
        await services.access_log.record(looking.caller.tenant_id, looking.entry(status))
