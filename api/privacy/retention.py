"""How long each class of data is kept."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api.asking import Asking
from api.envelope import Envelope
from api.privacy import schemas
from api.security import permit
from application.privacy.set_retention_period import SetRetentionPeriod
from domain.kernel.event import Retention
from projections.retention_periods.queries import retention_periods

router = APIRouter(prefix="/api/privacy/retention", tags=["privacy"])
MANY: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[list[schemas.PeriodView]]}}
SET: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.PeriodSet]}}


@router.get("", response_model=None, summary="Read how long each class is kept, and by which law", responses=MANY)
@permit("privacy:read")
async def get_periods(ask: Asking) -> Response:
    await ask.fresh("retention_periods")
    periods = await retention_periods(ask.reader, ask.tenant)
    return ask.answer([{"retention": c.value, "years": p.years, "source": p.source} for c, p in periods.items()])


@router.put("/{retention}", response_model=None, summary="Set how long a class is kept", responses=SET)
@permit("privacy:hold")
async def set_period(retention: Retention, body: schemas.PeriodBody, ask: Asking) -> Response:
    return await ask.command(SetRetentionPeriod(retention=retention, years=body.years, source=body.source))
