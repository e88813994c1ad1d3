"""Who belongs to an organisation, and as what."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.asking import Asking, ClinicalPage, paged
from api.envelope import Envelope
from api.organizations import schemas, views
from api.paging import CLINICAL, Page
from api.security import permit
from application.identity.assign_role import AssignRole
from application.identity.remove_member import LeaveOrganization, RemoveMember
from application.identity.revoke_role import RevokeRole
from application.identity.set_roles import SetRoles
from domain.kernel.errors import NotFound
from projections.members import queries

router = APIRouter(prefix="/api/organizations/{organization_id}", tags=["members"])
MANY: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[list[schemas.MemberView]]}}
ONE: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.MemberView]}}
HELD: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.HeldView]}}
ENDED: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.EndedView]}}
ROLES: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[list[schemas.MemberRoleView]]}}


@router.get("/members", response_model=None, summary="List an organisation's members, first come first", responses=MANY)
@permit("members:read")
async def every(
    organization_id: UUID, ask: Asking, page: Annotated[Page, paged(CLINICAL, queries.MEMBERS)]
) -> Response:
    ask.same_tenant(organization_id)
    await ask.fresh("members", "accounts")
    found = await queries.members(ask.reader, ask.tenant, page.window)
    return ask.page(await views.members(ask, found.rows), found, page)


@router.get("/members/{user_id}", response_model=None, summary="Read a member", responses=ONE)
@permit("members:read")
async def one(organization_id: UUID, user_id: UUID, ask: Asking) -> Response:
    ask.same_tenant(organization_id)
    await ask.fresh("members", "accounts")
    row = await queries.member(ask.reader, ask.tenant, user_id)
    if row is None:
        raise NotFound("There is no such member here.", id=str(user_id))
    return ask.answer((await views.members(ask, [row]))[0], row["version"])


@router.put("/members/{user_id}", response_model=None, summary="Set all roles of a member", responses=HELD)
@permit("members:change")
async def set_roles(organization_id: UUID, user_id: UUID, body: schemas.RolesBody, ask: Asking) -> Response:
    ask.same_tenant(organization_id)
    return await ask.command(SetRoles(user_id=user_id, roles=tuple(body.roles)))


@router.delete("/members/{user_id}", response_model=None, summary="Remove a member", responses=ENDED)
@permit("members:remove")
async def remove(organization_id: UUID, user_id: UUID, ask: Asking) -> Response:
    ask.same_tenant(organization_id)
    return await ask.command(RemoveMember(user_id=user_id))


@router.post("/leave", response_model=None, summary="Leave the organisation", responses=ENDED)
@permit("account:own")
async def leave(organization_id: UUID, ask: Asking) -> Response:
    ask.same_tenant(organization_id)
    return ask.told(await ask.at_door(ask.tenant, LeaveOrganization()), 200)


@router.get(
    "/members/{user_id}/roles", response_model=None, summary="List the roles a member has, and then those they had",
    responses=ROLES,
)  # fmt: skip
@permit("members:read")
async def roles(organization_id: UUID, user_id: UUID, ask: Asking, page: ClinicalPage) -> Response:
    ask.same_tenant(organization_id)
    await ask.fresh("members")
    rows = await queries.roles(ask.reader, ask.tenant, user_id)
    member = await queries.member(ask.reader, ask.tenant, user_id)
    if not rows:
        raise NotFound("There is no such member here.", id=str(user_id))
    shown = [views.member_role(row, member["primary_role"] if member else None) for row in rows]
    return ask.list(shown[page.offset : page.offset + page.limit], len(shown), page)


@router.post("/members/{user_id}/roles", response_model=None, summary="Assign a role", responses=HELD)
@permit("roles:assign")
async def assign(organization_id: UUID, user_id: UUID, body: schemas.RoleBody, ask: Asking) -> Response:
    ask.same_tenant(organization_id)
    command = AssignRole(user_id=user_id, role=body.role, expires_at=body.expires_at, primary=body.primary)
    return await ask.command(command)


@router.delete("/members/{user_id}/roles/{role}", response_model=None, summary="Revoke a role", responses=HELD)
@permit("roles:revoke")
async def revoke(organization_id: UUID, user_id: UUID, role: str, ask: Asking) -> Response:
    ask.same_tenant(organization_id)
    return await ask.command(RevokeRole(user_id=user_id, role=role))
