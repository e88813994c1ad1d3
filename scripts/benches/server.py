"""The application as it is, and beside it a route that does nothing, in two places: what the server itself costs; and
a read that nobody writes down: what the access log costs."""

from uuid import UUID

from fastapi import APIRouter, FastAPI
from starlette.responses import Response

from adapters.logging import configure
from adapters.settings import settings
from api.app import create_app
from api.appointments.views import read
from api.asking import Asking
from api.route_table import RouteTable
from api.security import permit

NOTHING = b'{"success":true}'


def application() -> FastAPI:
    """Return the application with ``/bench/noop`` and ``/bench/unrecorded``."""
    configure(settings().log_level)
    app = create_app()
    beside = APIRouter()

    @beside.get("/bench/noop")
    async def noop() -> Response:
        return Response(NOTHING, media_type="application/json")

    @beside.get("/bench/unrecorded/{appointment_id}", response_model=None)
    @permit("plans:read")  # classed as nobody's data
    async def unrecorded(appointment_id: UUID, ask: Asking) -> Response:
        return await read(appointment_id, ask)

    # Found as directly as every route of ours; the other is found as FastAPI does it, after trying every route.
    app.router.routes.insert(0, RouteTable(beside.routes))
    app.get("/bench/noop-in-turn")(noop)
    return app
