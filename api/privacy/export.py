"""A person's own copy of their data; and the one door to data that is kept, closed, only because a law says so."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.asking import Asking
from api.envelope import Envelope
from api.privacy import schemas
from api.security import permit
from application.kernel.ownership import guard_own
from domain.access.purpose import PurposeOfUse

router = APIRouter(prefix="/api/privacy", tags=["privacy"])
FHIR = "application/fhir+json"
EXPORT: dict[int | str, dict[str, Any]] = {
    200: {"model": Envelope[schemas.ExportView], "description": "JSON, or with format=fhir a FHIR R4 Bundle."}
}


class Format(StrEnum):
    """As what a person's data is given out."""

    JSON = "json"
    FHIR = "fhir"


class Purpose(StrEnum):
    """What restricted data may be read for (GDPR art. 18(2)): legal claims, a duty to an authority, the rights of
    another in danger, public health. HL7 v3 PurposeOfUse codes."""

    HLEGAL = PurposeOfUse.HLEGAL
    GOV = PurposeOfUse.GOV
    THREAT = PurposeOfUse.THREAT
    PUBHLTH = PurposeOfUse.PUBHLTH


@router.get("/export", response_model=None, summary="Export everything recorded about a person", responses=EXPORT)
@permit("privacy:export")
async def export(
    ask: Asking,
    subject: Annotated[UUID, Query(description="The person.", examples=[schemas.PERSON])],
    format: Annotated[Format, Query(description="json: every event; fhir: what stands now.")] = Format.JSON,
) -> Response:
    guard_own(ask.caller, "privacy:export", subject, "person")
    now = datetime.now(UTC)
    if format is Format.FHIR:
        return Response(await ask.services.facts.as_fhir(ask.tenant, subject, now), media_type=FHIR)
    return ask.answer(await ask.services.facts.as_json(ask.tenant, subject, now))


@router.get("/restricted", response_model=None, summary="Read data that is kept closed", responses=EXPORT)
@permit("privacy:restricted")
async def restricted(
    ask: Asking,
    subject: Annotated[UUID, Query(description="The person.", examples=[schemas.PERSON])],
    purpose: Annotated[Purpose, Query(description="What it is read for; nothing else is allowed.")],
) -> Response:
    ask.for_purpose(PurposeOfUse(purpose))
    facts = await ask.services.restricted_facts().as_json(ask.tenant, subject, datetime.now(UTC))
    return ask.answer(facts | {"purpose": purpose.value})
