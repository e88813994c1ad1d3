"""The application as it is, and beside it a route that does nothing, in two places: what the server itself costs; a
read that nobody writes down: what the access log costs; and one of anything for anybody: what guarding it costs."""

from uuid import UUID

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from adapters.bootstrap import LANES
from adapters.logging import configure
from adapters.postgres.lanes import Lanes
from adapters.runners import guarded
from adapters.settings import settings
from api.app import create_app
from api.appointments import answers
from api.appointments.views import read
from api.asking import Asking
from api.envelope import answer, dumped
from api.route_table import RouteTable
from api.security import permit
from api.validators import entity_tag
from projections.appointment import queries
from projections.kernel.reader import Reader

NOTHING = b'{"success":true}'


def application() -> FastAPI:
    """Return the application with ``/bench/noop``, ``/bench/unrecorded`` and ``/bench/unguarded``."""
    chosen = settings()
    configure(chosen.log_level)
    app = create_app()
    beside = APIRouter()

    @beside.get("/bench/noop")
    async def noop() -> Response:
        return Response(NOTHING, media_type="application/json")

    @beside.get("/bench/unrecorded/{appointment_id}", response_model=None)
    @permit("plans:read")  # classed as nobody's data
    async def unrecorded(appointment_id: UUID, ask: Asking) -> Response:
        return await read(appointment_id, ask)

    @beside.get("/bench/unguarded/{tenant_id}/{appointment_id}", response_model=None)
    async def unguarded(tenant_id: UUID, appointment_id: UUID, request: Request) -> Response:
        """No token, no policy, and as the administrator, before whom there is no row-level security."""
        state = app.state
        if not hasattr(state, "unguarded"):
            state.unguarded = Reader(Lanes(guarded(str(chosen.database_url)), LANES), state.services.streams)
        row = await queries.appointment(state.unguarded, tenant_id, appointment_id)
        assert row is not None
        body = dumped(answers.appointment(row))
        return answer(body, headers={"ETag": entity_tag(body, row["version"])})

    # Found as directly as every route of ours; the other is found as FastAPI does it, after trying every route.
    app.router.routes.insert(0, RouteTable(beside.routes))
    app.get("/bench/noop-in-turn")(noop)
    return app
