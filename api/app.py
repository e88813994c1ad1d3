"""The application object: routes of every context, one way of refusing, request ids, metrics, health."""

import importlib
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.middleware.cors import CORSMiddleware

import api
from adapters.bootstrap import Services, Settings, open_services, settings
from api import errors, operations
from api.deadline import Deadline
from api.docs import document
from api.gate import Gate
from api.gzipped import Gzipped
from api.headers import ANSWERED, ASKED, METHODS
from api.manners import Manners
from api.openapi import describe
from api.recording import Recording
from api.route_table import RouteTable

log = structlog.get_logger("api")


def routers() -> list[APIRouter]:
    """Return the router of every ``api/<context>/routes.py``."""
    found = []
    for module in pkgutil.iter_modules(api.__path__):
        if module.ispkg:
            found.append(importlib.import_module(f"api.{module.name}.routes").router)
    return found


def undeclared(app: FastAPI) -> list[str]:
    """Return the routes under /api that do not say who may use them: by a permission, or as anonymous; never both."""
    missing = []
    for context in iter_route_contexts(app.routes):
        route, path = context.original_route, context.path or ""
        if not isinstance(route, APIRoute) or not path.startswith("/api"):
            continue
        if hasattr(route.endpoint, "permission") is hasattr(route.endpoint, "anonymous"):
            missing.append(f"{sorted(context.methods or ())} {path}")
    return missing


def create_app(given: Settings | None = None, services: Services | None = None) -> FastAPI:
    """Return the application. It opens its services from ``given`` settings, unless ``services`` are handed in."""
    chosen = given or settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        opened = services or await _opened(chosen)
        app.state.services = opened
        yield
        if services is None:
            await opened.close()

    app = FastAPI(
        title="Caretrail",
        version="0.1.0",
        summary="The system of record behind a care business: every decision an event, every answer a read model.",
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
    )
    errors.install(app)
    for router in [operations.router, *routers()]:
        app.include_router(router)
    if missing := undeclared(app):
        raise RuntimeError(f"routes without a permission: {missing}")
    contexts = iter_route_contexts(app.routes)
    table = app.state.route_table = RouteTable(context.original_route for context in contexts)
    app.router.routes.insert(0, table)
    describe(app)
    document(app)
    _behave(app, table, chosen)
    return app


async def _opened(chosen: Settings) -> Services:
    """Open the services. What prevents it is logged here by kind and place: the server's own line tells neither."""
    try:
        return await open_services(chosen)
    except Exception as error:
        log.warning("api.start.failed", error=type(error).__name__, at=errors.place(error))
        raise


def _behave(app: FastAPI, table: RouteTable, chosen: Settings) -> None:
    """Put what every request goes through before the routes; the last one added comes first."""
    app.add_middleware(Recording)
    app.add_middleware(Gzipped)
    app.add_middleware(Gate, table=table, settings=chosen)
    app.add_middleware(Deadline, seconds=chosen.request_seconds)
    if chosen.origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=chosen.origins, allow_credentials=True, allow_methods=METHODS,
            allow_headers=ASKED, expose_headers=ANSWERED,
        )  # fmt: skip
    app.add_middleware(Manners, settings=chosen)


def _operation_id(route: APIRoute) -> str:
    tag = str(route.tags[0]) if route.tags else "operations"
    return f"{tag.replace(' ', '_').replace('-', '_')}_{route.name}"
