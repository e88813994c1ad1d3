"""Replay for review over HTTP: accounts of events, states as they were, and what changed in a chart."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response, StreamingResponse

from api.asking import Ask, Asking
from api.audit import schemas
from api.envelope import Envelope, answer
from api.instants import Instant
from api.paging import MAXIMUM
from api.security import permit
from application.ports.history import MayOpen, Scope
from domain.identity.policy import may_open

NDJSON = "application/x-ndjson"
LIMIT = 100
router = APIRouter(prefix="/api/audit", tags=["audit"])


def _scope(
    stream: Annotated[UUID | None, Query(description="One stream: an appointment, a record, an invoice …")] = None,
    person: Annotated[UUID | None, Query(description="Everything about one person.")] = None,
    actor: Annotated[UUID | None, Query(description="Everything one actor did.")] = None,
    since: Annotated[Instant | None, Query(description="Recorded then or later.")] = None,
    until: Annotated[Instant | None, Query(description="Recorded before.")] = None,
) -> Scope:
    return Scope(stream, person, actor, since, until)


Scoped = Annotated[Scope, Depends(_scope)]
After = Annotated[int, Query(ge=0, lt=2**63, description="Begin after this position: ``meta.next`` of the last page.")]


def _opening(ask: Ask) -> MayOpen:
    return lambda topic: may_open(ask.caller.roles, topic, ask.caller.scopes)


@router.get(
    "/history",
    response_model=None,
    summary="Account for what happened: who, what, from what to what, when, why, on which request",
    responses={200: {"model": Envelope[list[schemas.Entry]]}},
)
@permit("audit:read")
async def history(
    ask: Asking, scope: Scoped, after: After = 0, limit: Annotated[int, Query(ge=1, le=MAXIMUM)] = LIMIT
) -> Response:
    """Of a stream, a person, an actor, a window of time, or all of these, in order. ``meta.next`` is null at the end;
    personal fields are opened for who may open them (``audit:open``) and say ``unopened`` or ``erased`` otherwise."""
    pages = ask.review.account(ask.tenant, scope, _opening(ask), after=after, page=limit)
    told = await anext(pages, None)
    entries = told.entries if told else []
    more = entries[-1].position if len(entries) == limit else None
    ask.looking.count = len(entries)
    return answer(told.facts() if told else [], meta={"limit": limit, "next": more})


@router.get(
    "/history.ndjson",
    response_class=Response,
    summary="Stream events as they were recorded, one JSON object per line",
    responses={
        200: {
            "content": {NDJSON: {"schema": {"type": "string"}}},
            "description": "Events in order, opened as far as permitted.",
        }
    },
)
@permit("audit:read")
async def events(ask: Asking, scope: Scoped, after: After = 0) -> Response:
    """The scope is that of the account. The stream ends when what was recorded by then has been sent."""
    pages = ask.review.lines(ask.tenant, scope, _opening(ask), after=after)
    first = await anext(pages, b"")  # what is refused is refused before the answer begins

    async def lines() -> AsyncIterator[bytes]:
        yield first
        async for page in pages:
            yield page

    return StreamingResponse(lines(), media_type=NDJSON)


@router.get(
    "/streams/{stream_id}/state",
    response_model=None,
    summary="Read the state of anything after a version, or as it was recorded at a moment",
    responses={200: {"model": Envelope[schemas.State]}},
)
@permit("audit:read")
async def state(
    stream_id: UUID,
    ask: Asking,
    version: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
    at: Annotated[Instant | None, Query(description="As recorded by then; now if neither is given.")] = None,
) -> Response:
    then = await ask.review.state(ask.tenant, stream_id, _opening(ask), version=version, at=at)
    return ask.answer(then.facts(), version=then.state.version)


@router.get(
    "/patients/{patient_id}/chart/difference",
    response_model=None,
    summary="Read how a chart changed between two moments, and who changed it",
    responses={200: {"model": Envelope[schemas.ChartDifference]}},
)
@permit("audit:read")
async def chart_difference(
    patient_id: UUID,
    ask: Asking,
    begin: Annotated[Instant, Query(alias="from", description="As known then …")],
    end: Annotated[Instant, Query(alias="to", description="… and as known then.")],
    valid_at: Annotated[Instant | None, Query(description="Of what held true then; at any time if absent.")] = None,
) -> Response:
    """Entries added, amended or retracted in between, field by field; passing ones came and went."""
    found = await ask.review.difference(ask.tenant, patient_id, _opening(ask), begin, end, valid_at)
    asked = {"patient_id": patient_id, "from": begin, "to": end, "valid_at": valid_at}
    return ask.answer(asked | {"differences": found.facts()})
