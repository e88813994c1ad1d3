"""Routes of emergency access: break the glass, close it, and review what was done."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.access import schemas
from api.asking import Asking, paged
from api.envelope import Envelope
from api.paging import CLINICAL, Page
from api.security import permit
from application.access.close_break_glass import CloseBreakGlass
from application.access.open_break_glass import OpenBreakGlass
from application.access.review_break_glass import ReviewBreakGlass
from domain.kernel.errors import NotFound
from projections.break_glass import queries

router = APIRouter(prefix="/api/access", tags=["emergency access"])
READ = "break-glass:read"
GlassPage = Annotated[Page, paged(CLINICAL, queries.GLASSES)]


@router.post(
    "/break-glass", status_code=201, response_model=None, responses={201: {"model": Envelope[schemas.OpenDone]}},
    summary="Open one patient's chart to yourself, in an emergency",
)  # fmt: skip
@permit("break-glass:use")
async def open_glass(body: schemas.OpenBody, ask: Asking) -> Response:
    """Needs a sign-in of the last five minutes (else 401 step-up-required). The privacy officer is told at once."""
    command = OpenBreakGlass(patient_id=body.patient_id, code=body.code, reason=body.reason, minutes=body.minutes)
    return await ask.command(command, status=201)


@router.get(
    "/break-glass", response_model=None, summary="List emergency accesses, latest first: your own, or the clinic's",
    responses={200: {"model": Envelope[list[schemas.GlassView]]}},
)  # fmt: skip
@permit(READ)
async def listed(ask: Asking, page: GlassPage) -> Response:
    await ask.fresh("break_glass")
    found = await queries.glasses(ask.reader, ask.tenant, page.window, limits=ask.limits, to_review=None)
    return ask.page([schemas.view(row) for row in found.rows], found, page)


@router.get(
    "/break-glass/{glass_id}", response_model=None, summary="Read an emergency access, and what its review found",
    responses={200: {"model": Envelope[schemas.GlassView]}},
)  # fmt: skip
@permit(READ)
async def one(glass_id: UUID, ask: Asking) -> Response:
    await ask.fresh("break_glass")
    row = await queries.glass(ask.reader, ask.tenant, glass_id, limits=ask.limits)
    if row is None:
        raise NotFound("There is no such emergency access here.", id=str(glass_id))
    return ask.answer(schemas.view(row), version=row["version"])


@router.post(
    "/break-glass/{glass_id}/close", response_model=None, summary="End an emergency access before its time",
    responses={200: {"model": Envelope[schemas.CloseDone]}},
)  # fmt: skip
@permit("break-glass:close")
async def close(glass_id: UUID, ask: Asking) -> Response:
    return await ask.command(CloseBreakGlass(glass_id=glass_id))


@router.post(
    "/break-glass/{glass_id}/review", response_model=None, summary="Close the review of an emergency access",
    responses={200: {"model": Envelope[schemas.ReviewDone]}},
)  # fmt: skip
@permit("break-glass:review")
async def review(glass_id: UUID, body: schemas.ReviewBody, ask: Asking) -> Response:
    return await ask.command(ReviewBreakGlass(glass_id=glass_id, finding=body.finding, note=body.note))


@router.get(
    "/reviews", response_model=None, summary="List emergency accesses by whether their review is still open",
    responses={200: {"model": Envelope[list[schemas.GlassView]]}},
)  # fmt: skip
@permit("break-glass:review")
async def reviews(ask: Asking, page: GlassPage, still_open: Annotated[bool, Query(alias="open")] = True) -> Response:
    await ask.fresh("break_glass")
    found = await queries.glasses(ask.reader, ask.tenant, page.window, limits=None, to_review=still_open)
    return ask.page([schemas.view(row) for row in found.rows], found, page)
