"""Routes of plans."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from adapters.bootstrap import families
from api.asking import Asking, paged
from api.billing import answers, schemas, views
from api.envelope import Envelope
from api.keeping import Shown, kept, kept_page
from api.money import money_of
from api.paging import PUBLIC, Page
from api.security import permit
from application.billing.archive_plan import ArchivePlan
from application.billing.create_plan import CreatePlan
from application.billing.revise_plan import RevisePlan
from domain.billing.terms import Terms
from domain.kernel.errors import NotFound
from projections.kernel.reader import Reader
from projections.plans import queries

router = APIRouter(prefix="/api/billing/plans", tags=["billing plans"])
DONE = {"model": Envelope[answers.Done]}


def terms_of(body: schemas.PlanBody) -> Terms:
    """Return the terms a body states."""
    return Terms(
        amount=money_of(body.amount, body.amount_cents, body.currency),
        interval=body.interval,
        interval_count=body.interval_count,
        included=body.appointments_included,
        unlimited=body.is_unlimited_appointments,
        covers=tuple(t.value for t, included in body.appointment_types.items() if included),
        excludes=tuple(t.value for t, included in body.appointment_types.items() if not included),
        trial_days=body.trial_days,
        tax_basis_points=body.tax_basis_points,
    )


@router.post("", status_code=201, response_model=None, summary="Offer a plan", responses={201: DONE})
@permit("plans:create")
async def create(body: schemas.PlanBody, ask: Asking) -> Response:
    if body.clinic_id is not None:
        ask.same_tenant(body.clinic_id)
    return await ask.command(CreatePlan(name=body.name, terms=terms_of(body)), status=201)


@router.get(
    "", response_model=None, summary="List plans by price", responses={200: {"model": Envelope[list[answers.PlanView]]}}
)
@permit("plans:read")
async def every(
    ask: Asking,
    page: Annotated[Page, paged(PUBLIC, queries.PLANS)],
    archived: Annotated[bool, Query(description="Also those no longer offered.")] = False,
) -> Response:
    await ask.fresh("plans")
    find = partial(queries.plans, tenant_id=ask.tenant, archived=archived)
    return await kept_page(ask, families.PLANS, None, archived, page=page, find=find, view=views.plan)


@router.get(
    "/{plan_id}", response_model=None, summary="Read a plan", responses={200: {"model": Envelope[answers.PlanView]}}
)
@permit("plans:read")
async def one(plan_id: UUID, ask: Asking) -> Response:
    await ask.fresh("plans")

    async def make(reader: Reader) -> Shown:
        row = await queries.plan(reader, ask.tenant, plan_id)
        if row is None:
            raise NotFound("There is no such plan here.", id=str(plan_id))
        return Shown(views.plan(row), row["version"])

    found = await kept(ask, families.PLANS, None, plan_id, make=make)
    return ask.answer(found.body, found.version)


@router.put(
    "/{plan_id}", response_model=None, summary="Revise a plan for those who subscribe from now on",
    responses={200: DONE},
)  # fmt: skip
@permit("plans:change")
async def revise(plan_id: UUID, body: schemas.PlanBody, ask: Asking) -> Response:
    return await ask.command(RevisePlan(plan_id=plan_id, name=body.name, terms=terms_of(body)))


@router.delete(
    "/{plan_id}", response_model=None, summary="Withdraw a plan; running subscriptions go on", responses={200: DONE}
)
@permit("plans:archive")
async def archive(plan_id: UUID, ask: Asking) -> Response:
    return await ask.command(ArchivePlan(plan_id=plan_id))
