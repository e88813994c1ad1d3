"""Who looked at a person's data, for auditors and for the person; and the accounting of disclosures."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from dateutil.relativedelta import relativedelta
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from starlette.responses import Response

from api.asking import Ask, Asking, ClinicalPage
from api.envelope import Envelope
from api.paging import Page
from api.security import permit
from application.ports.access_log import Looked, Sought
from domain.access.events import DisclosureMade
from domain.access.purpose import PurposeOfUse
from projections.kernel.lists import After, Found

READ = "access:read"
YEARS = relativedelta(years=6)
router = APIRouter(prefix="/api/audit/patients/{patient_id}", tags=["audit"])


class View(BaseModel):
    """camelCase names."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class AccessView(View):
    """One look. ``address`` and ``agent``: from where, for auditors; erased with the profile of who looked."""

    id: UUID
    position: int
    at: datetime
    actor: UUID
    on_behalf_of: UUID | None
    purpose: PurposeOfUse
    action: str = Field(examples=["ehr:read"])
    resource: str = Field(examples=["GET /api/ehr/patients/{patient_id}/chart"])
    outcome: str = Field(examples=["shown"], description="shown, empty, or the code of the refusal.")
    count: int
    request_id: UUID
    break_glass: UUID | None
    address: str | None = None
    agent: str | None = None


class DisclosureView(View):
    """One disclosure: when, to whom, what, and why."""

    id: UUID
    at: datetime
    recipient: UUID | None
    recipient_name: str | None
    action: str
    resource: str
    purpose: PurposeOfUse


Since = Annotated[AwareDatetime | None, Query(description="Recorded then or later.")]
Until = Annotated[AwareDatetime | None, Query(description="Recorded before.")]


@router.get(
    "/accesses",
    response_model=None,
    summary="List who looked at a person's data, newest first; people see their own",
    responses={200: {"model": Envelope[list[AccessView]]}},
)
@permit(READ)
async def accesses(
    patient_id: UUID, ask: Asking, page: ClinicalPage, since: Since = None, until: Until = None,
    actor: Annotated[UUID | None, Query(description="Only this one's looks.")] = None,
) -> Response:  # fmt: skip
    found, place = await _looks(ask, patient_id, Sought(since, until, actor), page)
    return ask.page([ask.readable("access", _access(looked)) for looked in found], place, page)


@router.get(
    "/disclosures",
    response_model=None,
    summary="Account for disclosures of a person's data, six years back (45 CFR 164.528)",
    responses={200: {"model": Envelope[list[DisclosureView]]}},
)
@permit(READ)
async def disclosures(
    patient_id: UUID, ask: Asking, page: ClinicalPage, since: Since = None, until: Until = None
) -> Response:
    sought = Sought(since or datetime.now(UTC) - YEARS, until, None, disclosures=True)
    found, place = await _looks(ask, patient_id, sought, page)
    return ask.page([_disclosure(looked) for looked in found], place, page)


async def _looks(ask: Ask, patient_id: UUID, sought: Sought, page: Page) -> tuple[Sequence[Looked], Found]:
    """Return a page, and where it stands. Every look is one more: along a cursor the log is read as it was at first."""
    window = page.window
    before = int(window.after.key) if window.after else None
    found, total = await ask.services.access_log.about(
        ask.tenant, patient_id, sought._replace(before=before), limit=window.limit,
        offset=0 if before is not None else window.offset,
    )  # fmt: skip
    last = After(str(found[-1].position), str(found[-1].position)) if found else None
    return found, Found([], total if window.total is None else window.total, last)


def _access(looked: Looked) -> dict[str, Any]:
    entry = looked.entry
    return {
        "id": looked.id,
        "position": looked.position,
        "at": looked.recorded_at,
        "actor": entry.actor,
        "onBehalfOf": entry.on_behalf_of,
        "purpose": entry.purpose,
        "action": entry.action,
        "resource": entry.resource,
        "outcome": entry.outcome,
        "count": entry.count,
        "requestId": entry.request_id,
        "breakGlass": entry.grant,
        "address": _text(entry.address),
        "agent": _text(entry.agent),
    }


def _disclosure(looked: Looked) -> dict[str, Any]:
    entry = looked.entry
    assert isinstance(entry, DisclosureMade)
    return {
        "id": looked.id,
        "at": looked.recorded_at,
        "recipient": entry.recipient,
        "recipientName": _text(entry.recipient_name),
        "action": entry.action,
        "resource": entry.resource,
        "purpose": entry.purpose,
    }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
