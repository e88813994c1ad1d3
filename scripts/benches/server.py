"""The application as it is, and beside it a route that does nothing: what the server itself costs."""

from fastapi import FastAPI
from starlette.responses import Response

from adapters.logging import configure
from adapters.settings import settings
from api.app import create_app

NOTHING = b'{"success":true}'


def application() -> FastAPI:
    """Return the application with ``/bench/noop``."""
    configure(settings().log_level)
    app = create_app()

    @app.get("/bench/noop")
    async def noop() -> Response:
        return Response(NOTHING, media_type="application/json")

    return app
