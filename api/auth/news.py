"""Where identity providers tell what happened there: a message counts by its signature, and who sends it needs no other
way in."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.entering import Entering
from api.envelope import Envelope, answer
from api.security import anonymous
from application.identity import hearing

router = APIRouter(prefix="/api/webhooks", tags=["auth"])


class HeardView(BaseModel):
    """``news``: whether it was acted on now, not before."""

    news: bool = Field(examples=[True])


HEARD: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[HeardView]}}


@router.post("/identity/{name}", response_model=None, summary="Tell what happened at a provider", responses=HEARD)
@anonymous
async def hear(name: str, entry: Entering) -> Response:
    signature = entry.request.headers.get("workos-signature", "")
    body = await entry.request.body()
    return answer({"news": await hearing.hear(entry.doors, entry.visit, name, body, signature)})
