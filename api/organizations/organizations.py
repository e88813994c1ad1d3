"""Organisations themselves: begun, listed, read, changed, closed; and the table of roles."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.asking import Asking, PublicPage, paged
from api.auth.schemas import OrganizationBrief
from api.entering import organization_brief
from api.envelope import Envelope
from api.organizations import schemas, views
from api.paging import PUBLIC, Page
from api.security import permit
from application.identity.change_organization import ChangeOrganization
from application.identity.close_organization import CloseOrganization
from application.identity.create_organization import CreateOrganization
from domain.identity.giving import given_roles
from domain.identity.organization import Details
from domain.identity.platform import PLATFORM
from domain.identity.policy import POLICY
from domain.kernel.errors import NotFound
from domain.kernel.ids import derived_id
from projections.organizations import queries
from projections.own_organizations import queries as own

router = APIRouter(tags=["organizations"])
CREATED: dict[int | str, dict[str, Any]] = {201: {"model": Envelope[schemas.CreatedView]}}
CHANGED: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.ChangedView]}}
ONE: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.OrganizationView]}}
MANY: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[list[OrganizationBrief]]}}
ROLES: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[list[schemas.RoleView]]}}


def details(body: schemas.DetailsBody) -> Details:
    """Return what a body says of an organisation."""
    return Details(body.name.strip(), body.zone, body.currency, body.locale)


@router.post(
    "/api/organizations", status_code=201, response_model=None, summary="Begin an organisation", responses=CREATED
)
@permit("organizations:create")
async def create(body: schemas.OrganizationBody, ask: Asking) -> Response:
    organization_id = derived_id("organization", (await ask.context()).command_id)
    command = CreateOrganization(kind=body.kind, details=details(body), founder=ask.caller.actor_id)
    return ask.told(await ask.at_door(organization_id, command), 201)


@router.get("/api/organizations", response_model=None, summary="List the organisations one belongs to", responses=MANY)
@permit("organizations:read")
async def belonging(ask: Asking, page: Annotated[Page, paged(PUBLIC, own.BELONGING)]) -> Response:
    await ask.fresh("own_organizations")
    found = await own.belonging(ask.platform_reader, PLATFORM, ask.caller.actor_id, page.window)
    return ask.page([organization_brief(row) for row in found.rows], found, page)


@router.get(
    "/api/organizations/{organization_id}", response_model=None, summary="Read the organisation one acts in",
    responses=ONE,
)  # fmt: skip
@permit("organizations:read")
async def read(organization_id: UUID, ask: Asking) -> Response:
    ask.same_tenant(organization_id)
    await ask.fresh("organizations")
    row = await queries.organization(ask.reader, ask.tenant)
    if row is None:
        raise NotFound("There is no such organization here.", id=str(organization_id))
    return ask.answer(views.organization(row), row["version"])


@router.put(
    "/api/organizations/{organization_id}", response_model=None, summary="Change what an organisation works by",
    responses=CHANGED,
)  # fmt: skip
@permit("organizations:change")
async def change(organization_id: UUID, body: schemas.DetailsBody, ask: Asking) -> Response:
    ask.same_tenant(organization_id)
    return await ask.command(ChangeOrganization(details=details(body)))


@router.delete(
    "/api/organizations/{organization_id}", response_model=None, summary="Close an organisation", responses=CHANGED
)
@permit("organizations:close")
async def close(organization_id: UUID, ask: Asking) -> Response:
    """Nobody acts in it any more; what was recorded stays."""
    ask.same_tenant(organization_id)
    return await ask.command(CloseOrganization())


@router.get("/api/roles", response_model=None, summary="List the roles there are to give", responses=ROLES)
@permit("roles:read")
async def roles(ask: Asking, page: PublicPage) -> Response:
    names, second = given_roles(), ask.services.settings.second_factor_roles
    shown = [
        {"role": role, "permissions": sorted(POLICY[role]), "secondFactor": role in second}
        for role in names[page.offset : page.offset + page.limit]
    ]
    return ask.list(shown, len(names), page)
