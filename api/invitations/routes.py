"""Looked at and declined by the link alone; accepted by who is signed in with the account it was sent to."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api.asking import Asking
from api.auth.schemas import DoneView
from api.auth.views import own_session
from api.entering import Entering, visit
from api.envelope import Envelope, answer
from api.invitations import schemas
from api.once import once
from api.security import anonymous, permit
from application.identity import inviting

router = APIRouter(prefix="/api/invitations", tags=["invitations"])
SHOWN: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.LinkView]}}
JOINED: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.JoinedView]}}
DONE: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[DoneView]}}


@router.post("/view", response_model=None, summary="See what a link is for", responses=SHOWN)
@anonymous
async def view(body: schemas.LinkBody, entry: Entering) -> Response:
    shown = await inviting.look(entry.doors, body.token.get_secret_value())
    told = {
        "organizationId": shown.organization.id,
        "organization": shown.organization.details.name,
        "kind": shown.organization.kind,
        "roles": shown.invitation.roles,
        "expiresAt": shown.invitation.expires_at,
        "how": shown.ended(entry.visit.now),
    }
    return answer(told)


@router.post("/accept", response_model=None, summary="Join the organisation", responses=JOINED)
@permit("account:own")
@once
async def accept(body: schemas.LinkBody, ask: Asking) -> Response:
    user_id, _ = own_session(ask)
    secret = body.token.get_secret_value()
    return ask.told(await inviting.accept(ask.doors, visit(ask.request), user_id, secret), 200)


@router.post("/decline", response_model=None, summary="Say no", responses=DONE)
@anonymous
@once
async def decline(body: schemas.LinkBody, entry: Entering) -> Response:
    await inviting.decline(entry.doors, entry.visit, body.token.get_secret_value())
    return answer({"status": "done"})
