"""What is refused before any route is asked: too much at once, too often, from a foreign page, of a strange kind."""

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.bootstrap import Services, Settings
from api import bodies
from api.client_address import counted_as
from api.errors import on_refused
from api.marks import limits_of, taken_by
from api.metrics import LIMITED
from api.route_table import RouteTable
from api.same_site import check_site
from application.ports.tokens import NotAuthenticated
from domain.kernel.errors import Kind, Refused

CLOSE = (b"connection", b"close")


class Gate:
    """Pure ASGI middleware. The limits are asked once, for the user and the address together; who the user is, is read
    from the token here and believed only by the route."""

    def __init__(self, app: ASGIApp, table: RouteTable, settings: Settings) -> None:
        self._app = app
        self._table = table
        self._origins = settings.origins
        self._body_bytes = settings.body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told: list[tuple[bytes, bytes]] = []

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *told]
            await send(message)

        try:
            receive = await self._admitted(scope, receive, told)
        except Refused as refused:
            if refused.kind is not Kind.LIMITED:
                told.append(CLOSE)  # what is left of the body need not come
            await (await on_refused(Request(scope), refused))(scope, receive, telling)
            return
        await self._app(scope, receive, telling)

    async def _admitted(self, scope: Scope, receive: Receive, told: list[tuple[bytes, bytes]]) -> Receive:
        """Return where the route reads its body from; ``told`` gets the headers that say how the limits stand."""
        services: Services = scope["app"].state.services
        bodies.check_head(scope)
        check_site(scope, self._origins)
        found = self._table.find(scope)
        route = found[0] if found else None
        address, user = counted_as(scope["client"][0]), _user(scope, services, route)
        try:
            standing = await services.limiter.admit(limits_of(route), address, user)
        except Refused as refused:
            LIMITED.labels(refused.code).inc()
            if refused.kind is Kind.LIMITED:
                told += _standing(refused.details["limit"], 0, refused.details["retry_after"])
            raise
        told += _standing(*standing)
        if route is None:
            return receive  # nobody will read it
        return await bodies.checked(scope, receive, self._body_bytes, taken_by(route))


def _standing(most: object, left: object, seconds: object) -> list[tuple[bytes, bytes]]:
    figures = {"limit": most, "remaining": left, "reset": seconds}
    return [(f"ratelimit-{name}".encode(), str(figure).encode()) for name, figure in figures.items()]


def _user(scope: Scope, services: Services, route: APIRoute | None) -> str | None:
    """Return under whose name a request is counted: the user's that its token names, else that of the key it shows."""
    if route is None or not hasattr(route.endpoint, "permission"):
        return None
    headers = dict(scope["headers"])
    key, token = headers.get(b"x-api-key", b""), headers.get(b"authorization", b"").partition(b" ")[2]
    shown = (key or token).strip().decode("latin-1")
    try:
        return str(services.identity.tokens.read(shown).user_id)
    except NotAuthenticated:
        return shown or None
