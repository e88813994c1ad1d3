"""Routes of proofs: that an event is in its log as it was signed, and that a log only ever grew."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.asking import Ask, Asking
from api.envelope import Envelope
from api.security import permit

router = APIRouter(prefix="/api/audit", tags=["audit"])
LARGEST = 2**63 - 1
Which = Annotated[Literal["events", "access"], Query(alias="log", description="Which of the clinic's logs.")]
Size = Annotated[int, Query(alias="from", ge=0, le=LARGEST, description="The older size, in leaves.")]


class Proven(BaseModel):
    """The columns of an event that its leaf is made of; contents as SHA-256, none personal."""

    position: int
    tenant_id: UUID
    stream_id: UUID
    version: int
    type: str
    schema_version: int
    key_id: UUID | None
    subject_id: UUID | None
    recorded_at: str
    data_sha256: str
    meta_sha256: str
    sealed_sha256: str = Field(description="Empty when nothing is sealed.")


class Inclusion(BaseModel):
    """An inclusion proof (RFC 9162, 2.1.3): hashes in hexadecimal, nearest to the leaf first."""

    event: Proven
    leaf: str
    index: int
    size: int
    root: str
    proof: list[str]
    checkpoint: str = Field(description="The signed note that says size and root.")


class Head(BaseModel):
    """A log at a size; ``checkpoint`` is the signed note where one was made at that size."""

    size: int
    root: str
    checkpoint: str | None


class Growth(BaseModel):
    """A consistency proof (RFC 9162, 2.1.4) that the newer log begins with the older one."""

    older: Head = Field(alias="from")
    newer: Head = Field(alias="to")
    proof: list[str]


@router.get(
    "/proofs/{position}", response_model=None, summary="Prove an event by its position",
    responses={200: {"model": Envelope[Inclusion]}},
)  # fmt: skip
@permit("audit:prove")
async def by_position(position: Annotated[int, Path(ge=0, le=LARGEST)], ask: Asking, log: Which = "events") -> Response:
    """Return the proof under the newest checkpoint; 503 while none covers the event, 409 when it cannot be proven."""
    return await _proven(ask, log, str(position))


@router.get(
    "/proofs/{stream_id}/{version}", response_model=None, summary="Prove an event by its stream and version",
    responses={200: {"model": Envelope[Inclusion]}},
)  # fmt: skip
@permit("audit:prove")
async def by_version(
    stream_id: UUID, version: Annotated[int, Path(ge=0, le=2**31 - 1)], ask: Asking, log: Which = "events"
) -> Response:
    """Return the same, for whoever knows the thing and not the position."""
    return await _proven(ask, log, f"{stream_id}/{version}")


@router.get(
    "/consistency", response_model=None, summary="Prove that the clinic's log only grew",
    responses={200: {"model": Envelope[Growth]}},
)  # fmt: skip
@permit("audit:prove")
async def consistency(
    ask: Asking,
    older: Size,
    newer: Annotated[int | None, Query(alias="to", ge=0, le=LARGEST, description="Default: the newest.")] = None,
    log: Which = "events",
) -> Response:
    """Return the proof between two sizes, up to that of the newest checkpoint."""
    return ask.answer(await ask.services.proofs.growth(log, ask.tenant, older, newer))


async def _proven(ask: Ask, log: str, name: str) -> Response:
    proof = await ask.services.proofs.event(log, name, ask.tenant)
    if proof["event"]["subject_id"] is not None:
        ask.saw([UUID(str(proof["event"]["subject_id"]))])
    return ask.answer(proof)
