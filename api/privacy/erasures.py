"""Asking for erasure, and seeing how far it is."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import PlainTextResponse, Response

from api.asking import Ask, Asking, paged
from api.envelope import Envelope
from api.paging import CLINICAL, Page
from api.privacy import schemas, views
from api.security import permit
from application.privacy.request_erasure import RequestErasure
from domain.kernel.errors import NotFound
from domain.privacy.case_file import file_id
from domain.privacy.events import CaseNoted
from projections.erasures import queries
from projections.kernel.reader import Row

router = APIRouter(prefix="/api/privacy", tags=["privacy"])
BEGUN: dict[int | str, dict[str, Any]] = {201: {"model": Envelope[schemas.Begun]}}
ONE: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.ErasureView]}}
MANY: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[list[schemas.ErasureView]]}}
NOTES: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[list[schemas.NoteView]]}}
TEXT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "The certificate."}
}


class NotCertified(NotFound):
    """The erasure is not completed, so nothing is certified yet."""

    code = "not-certified"


@router.post("/erasures", status_code=201, response_model=None, summary="Ask for a person's erasure", responses=BEGUN)
@permit("privacy:erase")
async def request_erasure(body: schemas.ErasureBody, ask: Asking) -> Response:
    await ask.services.facts.known(ask.tenant, body.person_id)
    return await ask.command(RequestErasure(person_id=body.person_id, basis=body.basis, note=body.note), status=201)


@router.get("/erasures", response_model=None, summary="List erasures, latest first", responses=MANY)
@permit("privacy:read")
async def list_erasures(
    ask: Asking,
    page: Annotated[Page, paged(CLINICAL, queries.ERASURES)],
    person_id: Annotated[UUID | None, Query(alias="personId")] = None,
) -> Response:
    await ask.fresh("erasures")
    found = await queries.erasures(ask.reader, ask.tenant, person_id, page.window)
    return ask.page([views.erasure(ask.tenant, row) for row in found.rows], found, page)


@router.get("/erasures/{erasure_id}", response_model=None, summary="Read how far an erasure is", responses=ONE)
@permit("privacy:read")
async def get_erasure(erasure_id: UUID, ask: Asking) -> Response:
    row = await _row(ask, erasure_id)
    return ask.answer(views.erasure(ask.tenant, row), version=row["version"])


@router.get("/erasures/{erasure_id}/certificate", response_model=None, summary="Read the certificate", responses=TEXT)
@permit("privacy:read")
async def get_certificate(erasure_id: UUID, ask: Asking) -> Response:
    made = views.certificate(ask.tenant, await _row(ask, erasure_id))
    if made is None:
        raise NotCertified("This erasure is not completed.", id=str(erasure_id))
    return PlainTextResponse(made.text() + "\n")


@router.get("/cases/{case_id}/notes", response_model=None, summary="Read the words of a case", responses=NOTES)
@permit("privacy:erase")
async def get_notes(case_id: UUID, ask: Asking) -> Response:
    history = await ask.streams.read(ask.tenant, file_id(case_id), opened=True)
    if not history:
        raise NotFound("No words are kept of such a case here.", id=str(case_id))
    return ask.answer([views.note(recorded) for recorded in history if isinstance(recorded.event, CaseNoted)])


async def _row(ask: Ask, erasure_id: UUID) -> Row:
    await ask.fresh("erasures")
    row = await queries.erasure(ask.reader, ask.tenant, erasure_id)
    if row is None:
        raise NotFound("There is no such erasure here.", id=str(erasure_id))
    return row
