"""Whom one lets see what of one's own, in the organisation the token is for."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.asking import Asking
from api.envelope import Envelope
from api.security import permit
from api.users import schemas
from application.identity.delegate import EndDelegation, GrantDelegation
from domain.identity.delegations import Delegation, Delegations, delegations_id

router = APIRouter(prefix="/api/users/me/delegates", tags=["users"])
MANY: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[list[schemas.DelegateView]]}}
DONE: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.DelegatedView]}}
MADE: dict[int | str, dict[str, Any]] = {201: {"model": Envelope[schemas.DelegatedView]}}


@router.get("", response_model=None, summary="List whom one lets see what", responses=MANY)
@permit("delegations:read")
async def list_delegates(ask: Asking) -> Response:
    person_id, now = ask.caller.actor_id, datetime.now(UTC)
    given = await ask.services.store.load(Delegations, ask.tenant, delegations_id(ask.tenant, person_id))
    ask.saw([person_id])
    standing = {who: delegation for who, delegation in given.given.items() if delegation.flags(now)}
    return ask.answer([_view(who, delegation) for who, delegation in standing.items()], version=given.version)


@router.post("", status_code=201, response_model=None, summary="Let somebody see something", responses=MADE)
@permit("delegations:create")
async def grant(body: schemas.DelegateBody, ask: Asking) -> Response:
    """They act in the same organisation, as family_delegate, and say whom they stand in for by X-On-Behalf-Of."""
    delegation = Delegation(
        body.can_view_schedule, body.can_view_billing, body.can_receive_updates, body.ends_at
    )  # fmt: skip
    command = GrantDelegation(
        person_id=ask.caller.actor_id, delegate_id=body.delegate_id, delegation=delegation
    )  # fmt: skip
    return await ask.command(command, status=201)


@router.delete("/{delegate_id}", response_model=None, summary="Take it back, at once", responses=DONE)
@permit("delegations:end")
async def end(delegate_id: UUID, ask: Asking) -> Response:
    return await ask.command(EndDelegation(person_id=ask.caller.actor_id, delegate_id=delegate_id))


def _view(delegate_id: UUID, delegation: Delegation) -> dict[str, Any]:
    return {
        "delegateId": delegate_id,
        "canViewSchedule": delegation.can_view_schedule,
        "canViewBilling": delegation.can_view_billing,
        "canReceiveUpdates": delegation.can_receive_updates,
        "endsAt": delegation.ends_at,
    }
