"""A patient's chart, summary and comprehensive record, and a clinic's critical alerts."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from adapters.bootstrap import families
from api.asking import Asking, paged
from api.ehr import schemas, views
from api.ehr.access import visible_types
from api.envelope import Envelope
from api.instants import Instant
from api.keeping import Shown, kept
from api.paging import CLINICAL, Page
from api.security import permit
from application.records.acknowledge_alert import AcknowledgeAlert
from domain.records.entry import RecordType
from projections.critical_alerts.queries import ALERTS, critical_alerts
from projections.kernel.lists import Window
from projections.kernel.reader import Reader
from projections.patient_summary import queries as summaries
from projections.patient_timeline import queries as timeline
from projections.patient_timeline.queries import NOW_KNOWN, Moment

WHOLE = 1000
ONGOING = {None, "active", "recurrence", "relapse"}
router = APIRouter(prefix="/api/ehr", tags=["ehr"])


@router.get(
    "/patients/{patient_id}/chart",
    response_model=None,
    summary="Read a chart as it was known then, of what held true then",
    responses={200: {"model": Envelope[schemas.Chart]}},
)
@permit("ehr:read")
async def chart(
    patient_id: UUID,
    ask: Asking,
    page: Annotated[Page, paged(CLINICAL, timeline.CHART)],
    known_at: Annotated[Instant | None, Query(description="Recorded by then; now if absent.")] = None,
    valid_at: Annotated[Instant | None, Query(description="True then; at any time if absent.")] = None,
    types: Annotated[list[RecordType] | None, Query(alias="recordType", description="Only of these types.")] = None,
) -> Response:
    await ask.fresh("patient_timeline")
    visible = await visible_types(ask, patient_id, types)
    moment = Moment(known_at or NOW_KNOWN, valid_at)
    found = await timeline.chart(ask.reader, ask.tenant, patient_id, visible, moment, page.window)
    entries = [views.entry(row) for row in found.rows]
    data = {"patientId": patient_id, "knownAt": known_at, "validAt": valid_at, "entries": entries}
    return ask.page(data, found, page)


@router.get(
    "/patients/{patient_id}/summary",
    response_model=None,
    summary="Read what a clinician wants to know first",
    responses={200: {"model": Envelope[schemas.Summary]}},
)
@permit("ehr:read")
async def summary(patient_id: UUID, ask: Asking) -> Response:
    await ask.fresh("patient_summary")
    types = await visible_types(ask, patient_id)
    return ask.answer((await _summary(ask.reader, ask.tenant, patient_id, types)).data)


@router.get(
    "/comprehensive/{user_id}",
    response_model=None,
    summary="Read a person's summary and whole chart by type of record",
    responses={200: {"model": Envelope[schemas.Comprehensive]}},
)
@permit("ehr:read")
async def comprehensive(user_id: UUID, ask: Asking) -> Response:
    await ask.fresh("patient_summary", "patient_timeline")
    types = await visible_types(ask, user_id)
    found = await kept(
        ask, families.COMPREHENSIVE, user_id, types, make=lambda reader: _whole(reader, ask.tenant, user_id, types)
    )
    return ask.answer(found.body)


@router.get(
    "/clinic/{clinic_id}/alerts/critical",
    response_model=None,
    summary="List severe allergies, and dangerous vital signs of the last 24 hours",
    responses={200: {"model": Envelope[list[schemas.AlertView]]}},
)
@permit("alerts:read")
async def alerts(
    clinic_id: UUID,
    ask: Asking,
    page: Annotated[Page, paged(CLINICAL, ALERTS)],
    only_open: Annotated[bool, Query(alias="open", description="Leave out the acknowledged.")] = False,
) -> Response:
    ask.same_tenant(clinic_id)
    await ask.fresh("critical_alerts")
    found = await critical_alerts(ask.reader, ask.tenant, datetime.now(UTC), page.window, only_open=only_open)
    return ask.page([views.alert(row) for row in found.rows], found, page)


@router.post(
    "/alerts/{alert_id}/acknowledge",
    response_model=None,
    summary="Say that someone has seen to an alert",
    responses={200: {"model": Envelope[schemas.AlertDone]}},
)
@permit("alerts:acknowledge")
async def acknowledge(alert_id: UUID, ask: Asking) -> Response:
    return await ask.command(AcknowledgeAlert(alert_id=alert_id))


async def _whole(reader: Reader, tenant_id: UUID, patient_id: UUID, types: list[str]) -> Shown:
    whole = await timeline.chart(reader, tenant_id, patient_id, types, Moment(), Window(WHOLE))
    sections: dict[str, list[dict[str, Any]]] = {name: [] for name in types}
    for row in whole.rows:
        sections[row["record_type"]].append(views.entry(row))
    summed = await _summary(reader, tenant_id, patient_id, types)
    return summed._replace(data={**summed.data, "sections": sections})


async def _summary(reader: Reader, tenant_id: UUID, patient_id: UUID, types: list[str]) -> Shown:
    now = datetime.now(UTC)
    counts, highlights, changes = await asyncio.gather(
        summaries.counts(reader, tenant_id, patient_id, types),
        summaries.highlights(reader, tenant_id, patient_id, now),
        summaries.next_change(reader, tenant_id, patient_id, now),
    )
    shown = [(row["record_type"], views.highlight(row)) for row in highlights if row["record_type"] in types]
    records = {row.pop("record_type"): views.figures(row) for row in counts}
    data = {
        "patientId": patient_id,
        "activeRecords": sum(figures["active"] for figures in records.values()),
        "records": records,
        "allergies": [v for t, v in shown if t == RecordType.ALLERGY and v.get("status") in ONGOING],
        "medications": [v for t, v in shown if t == RecordType.MEDICATION and v.get("isActive", True)],
        "conditions": [v for t, v in shown if t == RecordType.MEDICAL_HISTORY and v.get("status") in ONGOING],
    }
    return Shown(data, seconds=(changes - now).total_seconds() if changes else None, empty=not records)
