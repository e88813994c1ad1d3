"""The six routes every record type has, made once: typed bodies and answers, one permission per kind of access."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, create_model
from starlette.responses import Response

from api.asking import Asking, paged
from api.ehr import schemas, views
from api.ehr.access import chosen_patient
from api.ehr.fields import Fields
from api.envelope import Envelope
from api.instants import Instant
from api.paging import CLINICAL, Page
from api.security import permit
from application.records.amend_entry import AmendEntry
from application.records.entries import resource_of
from application.records.record_entry import RecordEntry
from application.records.retract_entry import RetractEntry
from domain.kernel.errors import NotFound
from domain.records.entry import RecordType, RetractionReason
from projections.patient_timeline import queries
from projections.patient_timeline.queries import NOW_KNOWN, Moment


def missing(record_type: RecordType, record_id: UUID) -> NotFound:
    """Return the refusal for an entry that is not there."""
    return NotFound(f"There is no such {record_type.replace('_', ' ')} here.", id=str(record_id))


def entry_router(record_type: RecordType, path: str, fields: type[Fields]) -> APIRouter:
    """Return the routes of one record type under ``path``."""
    router = APIRouter(prefix=f"/api/ehr/{path}", tags=[path])
    name = fields.__name__.removesuffix("Fields")
    view: Any = create_model(f"{name}View", __base__=schemas.EntryView, **_said(fields))
    _commands(router, record_type, fields, name)
    _queries(router, record_type, view)
    return router


def _said(fields: type[Fields]) -> dict[str, Any]:
    """Return the fields of a type as answers have them: an entry that was erased says nothing."""
    return {
        name: (field.annotation | None, Field(None, examples=field.examples, description=field.description))
        for name, field in fields.model_fields.items()
        if field.annotation is not None
    }


def _bodied(endpoint: Any, bases: tuple[type[BaseModel], ...], name: str) -> None:
    """Give ``endpoint`` a body of the fields of ``bases``; FastAPI reads the annotation."""
    endpoint.__annotations__["body"] = create_model(name, __base__=bases)


def _commands(router: APIRouter, record_type: RecordType, fields: type[Fields], name: str) -> None:
    resource, words = resource_of(record_type), record_type.replace("_", " ")
    done, gone = {"model": Envelope[schemas.Done]}, {"model": Envelope[schemas.Retracted]}

    @permit(f"{resource}:create")
    async def record(body: Any, ask: Asking) -> Response:
        if body.clinic_id is not None:
            ask.same_tenant(body.clinic_id)
        command = RecordEntry(
            content=body.content(),
            patient_id=body.patient_id,
            author_id=body.author_id,
            effective_at=body.effective_at or datetime.now(UTC),
            effective_until=body.effective_until,
            encounter_id=body.encounter_id,
        )
        return await ask.command(command, status=201)

    @permit(f"{resource}:change")
    async def amend(record_id: UUID, body: Any, ask: Asking) -> Response:
        command = AmendEntry(
            record_id=record_id,
            content=body.content(),
            author_id=body.author_id,
            effective_at=body.effective_at,
            effective_until=body.effective_until,
            reason_code=body.reason_code,
            reason=body.reason,
        )
        return await ask.command(command)

    @permit(f"{resource}:retract")
    async def retract(
        record_id: UUID,
        ask: Asking,
        body: schemas.RetractionBody | None = None,
        reason_code: Annotated[RetractionReason, Query(alias="reasonCode")] = RetractionReason.ENTERED_IN_ERROR,
    ) -> Response:
        given = body or schemas.RetractionBody(reason_code=reason_code)
        command = RetractEntry(
            record_id=record_id, record_type=record_type, reason_code=given.reason_code, reason=given.reason
        )
        return await ask.command(command)

    _bodied(record, (schemas.EntryBody, fields), f"{name}Body")
    _bodied(amend, (schemas.AmendmentBody, fields), f"{name}Amendment")
    add = router.add_api_route
    add("", record, methods=["POST"], status_code=201, response_model=None, summary=f"Record a {words}",
        responses={201: done})  # fmt: skip
    add("/{record_id}", amend, methods=["PUT"], response_model=None, summary=f"Amend a {words}",
        responses={200: done})  # fmt: skip
    add("/{record_id}", retract, methods=["DELETE"], response_model=None, summary=f"Retract a {words}",
        responses={200: gone})  # fmt: skip


def _queries(router: APIRouter, record_type: RecordType, view: Any) -> None:
    reading, words = f"{resource_of(record_type)}:read", record_type.replace("_", " ")
    one, many = {"model": Envelope[view]}, {"model": Envelope[list[view]]}

    @permit(reading)
    async def list_of_patient(
        ask: Asking,
        page: Annotated[Page, paged(CLINICAL, queries.CHART)],
        patient_id: Annotated[UUID | None, Query(alias="patientId")] = None,
    ) -> Response:
        patient = chosen_patient(ask, patient_id)
        await ask.fresh("patient_timeline")
        found = await queries.chart(ask.reader, ask.tenant, patient, [record_type.value], Moment(), page.window)
        return ask.page([views.entry(row) for row in found.rows], found, page)

    @permit(reading)
    async def get(record_id: UUID, ask: Asking, known_at: Annotated[Instant | None, Query()] = None) -> Response:
        await ask.fresh("patient_timeline")
        row = await queries.record(ask.reader, ask.tenant, record_id, record_type.value, known_at or NOW_KNOWN)
        if row is None:
            raise missing(record_type, record_id)
        return ask.answer(views.current(row), version=row["version"])

    @permit(reading)
    async def history(record_id: UUID, ask: Asking) -> Response:
        await ask.fresh("patient_timeline")
        rows = await queries.history(ask.reader, ask.tenant, record_id, record_type.value)
        if not rows:
            raise missing(record_type, record_id)
        return ask.answer([views.entry(row) for row in rows], version=rows[-1]["version"])

    add = router.add_api_route
    add("", list_of_patient, methods=["GET"], response_model=None, summary=f"List a patient's {words} entries",
        responses={200: many})  # fmt: skip
    add("/{record_id}", get, methods=["GET"], response_model=None, summary=f"Read a {words}",
        responses={200: one})  # fmt: skip
    add("/{record_id}/history", history, methods=["GET"], response_model=None,
        summary=f"Read all versions of a {words}", responses={200: many})  # fmt: skip
