"""A person's own copy of their data; and the one door to data that is kept, closed, only because a law says so."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.asking import Ask, Asking
from api.envelope import Envelope
from api.privacy import schemas
from api.security import permit
from domain.access.purpose import PurposeOfUse
from domain.identity.policy import may_release

router = APIRouter(prefix="/api/privacy", tags=["privacy"])
FHIR = "application/fhir+json"
#: A FHIR R4 Bundle, as far as whoever reads it has to know beforehand.
BUNDLE: dict[str, Any] = {
    "schema": {
        "type": "object",
        "required": ["resourceType", "type"],
        "properties": {
            "resourceType": {"type": "string", "const": "Bundle"},
            "type": {"type": "string"},
            "entry": {"type": "array", "items": {"type": "object"}},
        },
    },
    "example": {"resourceType": "Bundle", "type": "collection", "entry": []},
}
KEPT: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.ExportView]}}
EXPORT: dict[int | str, dict[str, Any]] = {
    200: {
        "model": Envelope[schemas.ExportView],
        "description": "JSON, or with format=fhir a FHIR R4 Bundle.",
        "content": {FHIR: BUNDLE},
    }
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
    now, facts = datetime.now(UTC), ask.services.facts
    if format is Format.FHIR:
        return Response(await facts.as_fhir(ask.tenant, subject, now, _opening(ask)), media_type=FHIR)
    return ask.answer(await facts.as_json(ask.tenant, subject, now, _opening(ask)))


@router.get("/restricted", response_model=None, summary="Read data that is kept closed", responses=KEPT)
@permit("privacy:restricted")
async def restricted(
    ask: Asking,
    subject: Annotated[UUID, Query(description="The person.", examples=[schemas.PERSON])],
    purpose: Annotated[Purpose, Query(description="What it is read for; nothing else is allowed.")],
) -> Response:
    ask.for_purpose(PurposeOfUse(purpose))
    kept, now = ask.services.restricted_facts(), datetime.now(UTC)
    return ask.answer(await kept.as_json(ask.tenant, subject, now) | {"purpose": purpose.value})


def _opening(ask: Ask) -> Callable[[str], bool]:
    """Notes of therapy sessions are for those alone who may read them one by one."""
    return lambda topic: may_release(ask.caller.roles, topic, ask.caller.scopes)
