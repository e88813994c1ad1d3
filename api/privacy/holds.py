"""Legal holds."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.asking import Asking, paged
from api.envelope import Envelope
from api.paging import CLINICAL, Page
from api.privacy import schemas, views
from api.security import permit
from application.privacy.lift_legal_hold import LiftLegalHold
from application.privacy.place_legal_hold import PlaceLegalHold
from projections.legal_holds import queries

router = APIRouter(prefix="/api/privacy/legal-holds", tags=["privacy"])
PLACED: dict[int | str, dict[str, Any]] = {201: {"model": Envelope[schemas.Held]}}
LIFTED: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.Held]}}
MANY: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[list[schemas.HoldView]]}}


@router.post("", status_code=201, response_model=None, summary="Place a legal hold", responses=PLACED)
@permit("privacy:hold")
async def place_legal_hold(body: schemas.HoldBody, ask: Asking) -> Response:
    command = PlaceLegalHold(person_id=body.person_id, classes=tuple(body.classes), basis=body.basis, note=body.note)
    return await ask.command(command, status=201)


@router.get("", response_model=None, summary="List legal holds, latest first", responses=MANY)
@permit("privacy:read")
async def list_legal_holds(
    ask: Asking,
    page: Annotated[Page, paged(CLINICAL, queries.HOLDS)],
    standing: Annotated[bool, Query(description="Only those not lifted.")] = False,
) -> Response:
    await ask.fresh("legal_holds")
    found = await queries.legal_holds(ask.reader, ask.tenant, page.window, standing=standing)
    return ask.page([views.hold(row) for row in found.rows], found, page)


@router.delete("/{hold_id}", response_model=None, summary="Lift a legal hold", responses=LIFTED)
@permit("privacy:hold")
async def lift_legal_hold(hold_id: UUID, ask: Asking) -> Response:
    return await ask.command(LiftLegalHold(hold_id=hold_id))
