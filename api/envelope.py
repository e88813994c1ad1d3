"""The one shape of every JSON answer: {success, data, meta, error, timestamp}."""

from datetime import UTC, datetime
from typing import Any, Generic, Literal, TypeVar

import orjson
from pydantic import BaseModel, Field
from starlette.responses import Response

T = TypeVar("T")
OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


class Problem(BaseModel):
    """Why a request was refused. ``code`` is stable; ``message`` is for a person; ``details`` help to act."""

    code: str = Field(examples=["slot-taken"])
    message: str
    details: dict[str, Any]
    request_id: str


class Meta(BaseModel):
    """Where a page stands in its list. ``next``: what to send as ``cursor`` for the page after it; null at the end."""

    page: int | None = Field(None, examples=[1])
    limit: int = Field(examples=[20])
    total: int | None = Field(None, examples=[1])
    pages: int | None = Field(None, examples=[1])
    next: str | int | None = None


class Envelope(BaseModel, Generic[T]):
    """Shape of an answer. ``meta`` is there for lists."""

    success: Literal[True]
    data: T
    meta: Meta | None
    error: None
    timestamp: datetime


class Refusal(BaseModel):
    """Shape of a refusal."""

    success: Literal[False]
    data: None
    meta: None
    error: Problem
    timestamp: datetime


def _now() -> bytes:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()


def dumped(data: object) -> bytes:
    """Return data as JSON; bytes are JSON already."""
    return data if isinstance(data, bytes) else orjson.dumps(data, default=str, option=OPTIONS)


def answer(
    data: object, status: int = 200, meta: dict[str, object] | None = None, headers: dict[str, str] | None = None
) -> Response:
    """Return ``data`` (any orjson-serialisable value, or bytes of JSON text taken as they are) in the envelope."""
    body = dumped(data)
    tail = orjson.dumps(meta, default=str, option=OPTIONS) if meta else b"null"
    content = b'{"success":true,"data":%b,"meta":%b,"error":null,"timestamp":"%b"}' % (body, tail, _now())
    return Response(content, status_code=status, media_type="application/json", headers=headers)


def refusal(
    status: int, code: str, message: str, details: dict[str, object], request_id: str, headers: dict[str, str]
) -> Response:
    """Return a refusal in the envelope."""
    error = {"code": code, "message": message, "details": details, "request_id": request_id}
    content = b'{"success":false,"data":null,"meta":null,"error":%b,"timestamp":"%b"}' % (
        orjson.dumps(error, default=str, option=OPTIONS),
        _now(),
    )
    return Response(content, status_code=status, media_type="application/json", headers=headers)
