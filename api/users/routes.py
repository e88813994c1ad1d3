"""One's own account."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api.asking import Asking
from api.auth import views
from api.envelope import Envelope
from api.security import permit
from api.users import schemas
from application.identity.change_profile import ChangeProfile

router = APIRouter(prefix="/api/users", tags=["users"])
PROFILE: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.ProfileView]}}
CHANGED: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.ChangedView]}}


@router.get("/me", response_model=None, summary="Read one's own account", responses=PROFILE)
@permit("account:own")
async def read_me(ask: Asking) -> Response:
    shown = await views.profile(ask)
    credential = await ask.doors.credentials.of(ask.caller.actor_id)
    return ask.answer(shown | {"secondFactor": credential.totp, "roles": sorted(ask.caller.roles)}, shown["version"])


@router.put("/me", response_model=None, summary="Change one's own details", responses=CHANGED)
@permit("account:own")
async def change_me(body: schemas.ProfileBody, ask: Asking) -> Response:
    command = ChangeProfile(
        user_id=ask.caller.actor_id, name=body.name.strip(), phone=body.phone, locale=body.locale
    )  # fmt: skip
    return await ask.own_command(command)
