"""One's own account."""

from typing import Any

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from adapters.bootstrap import families
from api.asking import Asking
from api.auth import views
from api.envelope import Envelope
from api.keeping import Shown, kept
from api.security import permit
from api.users import delegates, schemas
from application.identity.change_profile import ChangeProfile
from domain.identity.platform import PLATFORM
from projections.kernel.reader import Reader

router = APIRouter()
own = APIRouter(prefix="/api/users", tags=["users"])
PROFILE: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.ProfileView]}}
CHANGED: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.ChangedView]}}


@own.get("/me", response_model=None, summary="Read one's own account", responses=PROFILE)
@permit("account:own")
async def read_me(ask: Asking) -> Response:
    async def make(_: Reader) -> Shown:
        details = await views.details(ask.services.streams, ask.caller.actor_id)
        return Shown(details, details["version"])

    found = await kept(ask, families.USER, ask.caller.actor_id, make=make, tenant_id=PLATFORM)
    shown: dict[str, Any] = orjson.loads(found.body)
    credential = await ask.doors.credentials.of(ask.caller.actor_id)
    return ask.answer(shown | {"secondFactor": credential.totp, "roles": sorted(ask.caller.roles)}, shown["version"])


@own.put("/me", response_model=None, summary="Change one's own details", responses=CHANGED)
@permit("account:own")
async def change_me(body: schemas.ProfileBody, ask: Asking) -> Response:
    command = ChangeProfile(
        user_id=ask.caller.actor_id, name=body.name.strip(), phone=body.phone, locale=body.locale
    )  # fmt: skip
    return await ask.own_command(command)


for part in (own, delegates.router):
    router.include_router(part)
