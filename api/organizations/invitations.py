"""Invitations as an organisation sees them: made, listed, taken back."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.asking import Ask, Asking, paged
from api.entering import visit
from api.envelope import Envelope
from api.organizations import schemas, views
from api.paging import CLINICAL, Page
from api.security import permit
from application.identity import inviting
from projections.invitations import queries

router = APIRouter(prefix="/api/organizations/{organization_id}", tags=["invitations"])
MADE: dict[int | str, dict[str, Any]] = {201: {"model": Envelope[schemas.InvitedView]}}
MANY: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[list[schemas.InvitationView]]}}
OVER: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.OverView]}}


async def _invited(organization_id: UUID, body: schemas.InvitationBody, ask: Ask) -> Response:
    ask.same_tenant(organization_id)
    outcome = await inviting.invite(
        ask.doors, visit(ask.request), ask.tenant, ask.run, email=body.email, roles=body.roles
    )  # fmt: skip
    return ask.told(outcome, 201)


@router.post("/invitations", status_code=201, response_model=None, summary="Ask someone to join", responses=MADE)
@permit("invitations:create")
async def invite(organization_id: UUID, body: schemas.InvitationBody, ask: Asking) -> Response:
    """A link goes to the address. The answer is the same whether or not the address has an account."""
    return await _invited(organization_id, body, ask)


@router.post(
    "/members", status_code=201, response_model=None, summary="Ask someone to be a member", responses=MADE
)  # fmt: skip
@permit("invitations:create")
async def invite_member(organization_id: UUID, body: schemas.InvitationBody, ask: Asking) -> Response:
    """Nobody is made a member without their own consent: this makes an invitation."""
    return await _invited(organization_id, body, ask)


@router.get("/invitations", response_model=None, summary="List an organisation's invitations", responses=MANY)
@permit("invitations:read")
async def every(
    organization_id: UUID,
    ask: Asking,
    page: Annotated[Page, paged(CLINICAL, queries.INVITATIONS)],
    over: Annotated[bool, Query(description="Also those that are over.")] = False,
) -> Response:
    ask.same_tenant(organization_id)
    await ask.fresh("invitations")
    found = await queries.invitations(ask.reader, ask.tenant, page.window, every=over)
    return ask.page([views.invitation(row) for row in found.rows], found, page)


@router.delete(
    "/invitations/{invitation_id}", response_model=None, summary="Take an invitation back", responses=OVER
)  # fmt: skip
@permit("invitations:revoke")
async def revoke(organization_id: UUID, invitation_id: UUID, ask: Asking) -> Response:
    ask.same_tenant(organization_id)
    return ask.told(await inviting.revoke(ask.doors, ask.tenant, invitation_id, ask.run), 200)
