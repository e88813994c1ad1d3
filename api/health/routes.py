"""Health as anybody may know it (states and times), and in detail, with caches and settings, for who runs the house."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from adapters.bootstrap import ALIASES, Services, State
from api.asking import Asking
from api.envelope import Envelope, answer
from api.health import schemas, views
from api.marks import limited
from api.security import anonymous, permit
from domain.kernel.errors import Kind, NotFound, Refused

router = APIRouter(tags=["health"])
OVERALL: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.OverallView]}}
SERVICE: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.ServiceView]}}
DETAILS: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.DetailsView]}}
CACHE: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.CacheView]}}
CONFIGURATION: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[list[schemas.SettingView]]}}


class PartDown(Refused):
    """Something this installation needs does not answer; the details say what."""

    code = "part-down"
    kind = Kind.UNAVAILABLE


@router.get("/api/healthcheck", response_model=None, summary="Whether all is well", responses=OVERALL)
@anonymous
@limited("health")
async def healthcheck(
    request: Request, services: Annotated[bool, Query(description="Also tell of every service.")] = False
) -> Response:
    """Healthy and degraded answer 200, down 503. Services that are not configured are not missed."""
    checker = _services(request).health
    found = await checker.find_all()
    overall = checker.overall(found)
    shown = {"overall": overall} | ({"services": views.parts(found)} if services else {})
    if overall is State.DOWN:
        raise PartDown("Something this installation needs does not answer.", **shown)
    return answer(shown)


@router.get("/api/health/{service}", response_model=None, summary="Whether one service is well", responses=SERVICE)
@anonymous
@limited("health")
async def one(request: Request, service: str) -> Response:
    """Healthy, degraded and not configured answer 200, down 503."""
    checker, name = _services(request).health, ALIASES.get(service, service)
    if name not in checker.parts:
        raise NotFound("There is no such service.", services=sorted({*checker.parts, *ALIASES}))
    found = await checker.find(name)
    shown = views.service(service, found)
    if found.seen.state is State.DOWN:
        raise PartDown("This service does not answer.", **shown)
    return answer(shown)


@router.get("/api/operations/health", response_model=None, summary="Read what the checker found", responses=DETAILS)
@permit("operations:read")
async def details(ask: Asking) -> Response:
    checker = ask.services.health
    found = await checker.find_all()
    return ask.answer({"overall": checker.overall(found), "services": views.details(found)})


@router.get(
    "/api/operations/cache", response_model=None, responses=CACHE,
    summary="Read what is cached, for how long, and how often it was there",
)  # fmt: skip
@permit("operations:read")
async def cache(ask: Asking) -> Response:
    used, most = await ask.services.cache.memory() or (None, None)
    return ask.answer({"families": views.families(), "memoryBytes": used, "memoryMost": most})


@router.get(
    "/api/operations/config", response_model=None, summary="Read the settings, secrets left out",
    responses=CONFIGURATION,
)  # fmt: skip
@permit("operations:read")
async def configuration(ask: Asking) -> Response:
    return ask.answer(views.settings(ask.services.settings))


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services
