"""Where identity providers tell what happened there: a message counts by its signature, and who sends it needs no other
way in."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.entering import Entering
from api.envelope import Envelope, answer
from api.security import anonymous
from application.identity import hearing
from domain.kernel.errors import Kind, Refused

LARGEST_BYTES = 256 * 1024
router = APIRouter(prefix="/api/webhooks", tags=["auth"])


class HeardView(BaseModel):
    """``news``: whether it was acted on now, not before."""

    news: bool = Field(examples=[True])


class MessageTooLong(Refused):
    """No provider tells as much at once."""

    code = "message-too-long"
    kind = Kind.MALFORMED


HEARD: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[HeardView]}}


async def message(request: Request) -> bytes:
    """Return the body as it was signed. Raises MessageTooLong before more of it is read."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BYTES:
                raise MessageTooLong("This is longer than any message that is expected here.", most=LARGEST_BYTES)
    except ClientDisconnect:
        body.clear()
    return bytes(body)


@router.post("/identity/{name}", response_model=None, summary="Tell what happened at a provider", responses=HEARD)
@anonymous
async def hear(name: str, entry: Entering) -> Response:
    signature = entry.request.headers.get("workos-signature", "")
    body = await message(entry.request)
    return answer({"news": await hearing.hear(entry.doors, entry.visit, name, body, signature)})
