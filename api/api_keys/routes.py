"""API keys: programs that act for an organisation. Present one as ``Authorization: Bearer ctk_…`` or ``X-API-Key``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.api_keys import schemas
from api.asking import Ask, Asking, paged
from api.entering import visit
from api.envelope import Envelope
from api.paging import CLINICAL, Page
from api.security import permit
from application.identity import keys
from application.identity.keys import HandedOut, Wish
from application.identity.revoke_api_key import RevokeApiKey
from projections.api_keys import queries
from projections.kernel.reader import Row

router = APIRouter(prefix="/api/api-keys", tags=["API keys"])
MADE: dict[int | str, dict[str, Any]] = {201: {"model": Envelope[schemas.KeyMade]}}
MANY: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[list[schemas.KeyView]]}}
CHANGED: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.KeyChanged]}}


@router.post("", status_code=201, response_model=None, summary="Create an API key", responses=MADE)
@permit("api-keys:create")
async def create(body: schemas.KeyBody, ask: Asking) -> Response:
    """The secret is in this answer and never shown again."""
    wish = Wish(body.name, tuple(body.roles), tuple(body.scopes), body.days)
    return _made(ask, await keys.create(ask.doors, ask.tenant, visit(ask.request).now, ask.run, wish))


@router.get("", response_model=None, summary="List API keys, latest first", responses=MANY)
@permit("api-keys:read")
async def every(
    ask: Asking,
    page: Annotated[Page, paged(CLINICAL, queries.API_KEYS)],
    revoked: Annotated[bool, Query(description="Also those revoked.")] = False,
) -> Response:
    await ask.fresh("api_keys")
    found = await queries.api_keys(ask.reader, ask.tenant, page.window, every=revoked)
    return ask.page([_view(row) for row in found.rows], found, page)


@router.post(
    "/{key_id}/rotate", status_code=201, response_model=None, summary="Give an API key another secret", responses=MADE
)
@permit("api-keys:rotate")
async def rotate(key_id: UUID, body: schemas.RotateBody, ask: Asking) -> Response:
    """The secret before it lasts a week more at most."""
    return _made(ask, await keys.rotate(ask.doors, ask.tenant, visit(ask.request).now, ask.run, key_id, body.days))


@router.delete("/{key_id}", response_model=None, summary="Revoke an API key", responses=CHANGED)
@permit("api-keys:revoke")
async def revoke(key_id: UUID, ask: Asking) -> Response:
    return await ask.command(RevokeApiKey(key_id=key_id))


def _made(ask: Ask, made: HandedOut) -> Response:
    return ask.told(made.outcome, 201, **({} if made.secret is None else {"secret": made.secret}))


def _view(row: Row) -> dict[str, Any]:
    return {
        "id": row["key_id"],
        "version": row["version"],
        "name": row["name"],
        "ownerId": row["owner_id"],
        "roles": row["roles"],
        "scopes": row["scopes"],
        "createdAt": row["created_at"],
        "remindedAt": row["reminded_at"],
        "revokedAt": row["revoked_at"],
        "secrets": row["secrets"],
    }
