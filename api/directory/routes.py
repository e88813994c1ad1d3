"""People found by what is known of them. Every search is a POST: what is looked for is personal itself."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from adapters.bootstrap import families
from api.asking import Ask, Asking, ClinicalPage
from api.directory import schemas, views
from api.envelope import Envelope
from api.paging import Page
from api.security import permit
from projections.people_search import queries
from projections.people_search.queries import PATIENT, PRACTITIONER

router = APIRouter(tags=["directory"])
FOUND: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[list[schemas.FoundPerson]]}}


@router.post("/api/directory/patients/search", response_model=None, summary="Find patients", responses=FOUND)
@permit("directory:read")
async def find_patients(body: schemas.PeopleSearch, ask: Asking, page: ClinicalPage) -> Response:
    return await _found(ask, body, page, PATIENT)


@router.post("/api/directory/practitioners/search", response_model=None, summary="Find practitioners", responses=FOUND)
@permit("directory:read")
async def find_practitioners(body: schemas.PeopleSearch, ask: Asking, page: ClinicalPage) -> Response:
    return await _found(ask, body, page, PRACTITIONER)


@router.post(
    "/api/ehr/clinic/{clinic_id}/search",
    response_model=None,
    summary="Find anybody the clinic knows",
    responses=FOUND,
)
@permit("directory:read")
async def find_in_clinic(clinic_id: UUID, body: schemas.PeopleSearch, ask: Asking, page: ClinicalPage) -> Response:
    ask.same_tenant(clinic_id)
    return await _found(ask, body, page, PATIENT, PRACTITIONER)


async def _found(ask: Ask, body: schemas.PeopleSearch, page: Page, *roles: str) -> Response:
    await ask.fresh("people_search")
    reader = ask.keeping(families.USER_SEARCH)
    rows, total = await queries.people(reader, ask.tenant, roles, body.clues(), limit=page.limit, offset=page.offset)
    ask.saw(row["id"] for row in rows)
    return ask.list([views.found(row) for row in rows], total, page)
