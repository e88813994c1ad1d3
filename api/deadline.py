"""How long a request may take until its answer begins. What has been given up has not happened."""

import asyncio

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import on_refused
from domain.kernel.errors import Kind, Refused


class TookTooLong(Refused):
    """The request was given up."""

    code = "took-too-long"
    kind = Kind.UNAVAILABLE


class Deadline:
    """Pure ASGI middleware. An append that is under way is waited for (see the batcher), and a command whose events
    were appended is answered as that, however late: so giving up leaves nobody in doubt."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False
        limit = asyncio.timeout(self._seconds)

        async def in_time(message: Message) -> None:
            nonlocal begun
            if not begun:
                begun = True
                if not limit.expired():
                    limit.reschedule(None)  # an answer may be long
            await send(message)

        try:
            async with limit:
                await self._app(scope, receive, in_time)
        except TimeoutError:
            if begun or not limit.expired():
                raise
            refused = TookTooLong("This took too long and was given up; nothing was done. Try again.")
            await (await on_refused(Request(scope), refused))(scope, receive, send)
