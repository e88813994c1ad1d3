"""Is it up, is it ready, what are its figures; and for auditors, a stream's events as they are."""

from typing import Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from adapters.bootstrap import MACHINE, Services, State, figures
from api.asking import Asking, ClinicalPage
from api.envelope import Envelope, answer
from api.marks import limited
from api.metrics import (
    ALONE,
    CHECKPOINT_AGE,
    CONNECTIONS,
    EFFECTS,
    LAG,
    LEAVES,
    OVERDUE,
    PARKED,
    RULE,
    RULE_BROKEN,
    RULE_UNSEEN,
    UNANCHORED,
    UNDELIVERED,
)
from api.security import permit
from domain.identity.policy import may_open
from domain.kernel.errors import Kind, NotFound, Refused
from domain.kernel.recorded import Recorded

router = APIRouter(tags=["operations"])


class NotReady(Refused):
    """The process runs, but cannot serve yet."""

    code = "not-ready"
    kind = Kind.UNAVAILABLE


@router.get("/health", summary="Whether the process lives", response_model=Envelope[dict[str, str]])
@limited("health")
async def health() -> Response:
    """Answer at once, without touching anything else."""
    return answer({"status": "healthy"})


@router.get("/ready", summary="Whether it can serve", response_model=Envelope[dict[str, Any]])
@limited("health")
async def ready(request: Request) -> Response:
    """Answer 200 when the event store answers and no consumer is halted or far behind, else 503."""
    services: Services = request.app.state.services
    seen = (await services.health.find("database")).seen
    if seen.state is State.DOWN:
        raise NotReady("The event store does not answer.")
    if trouble := seen.facts["trouble"]:
        raise NotReady("Some read models are not up to date.", consumers=trouble)
    return answer({"status": "ready", "consumers": seen.facts["consumers"]})


@router.get(
    "/metrics", summary="Figures for Prometheus", response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)  # fmt: skip
async def metrics(request: Request) -> Response:
    """Return the figures of the process and of the machine, where every consumer stands, and what was seen of the rules
    that must hold."""
    services: Services = request.app.state.services
    for state in await services.observe():
        LAG.labels(state.consumer).set(state.lag)
        PARKED.labels(state.consumer).set(state.parked)
    states, overdue = await services.effects()
    for name in ("waiting", "sent", "done", "failed"):
        EFFECTS.labels(name).set(states.get(name, 0))
    OVERDUE.set(overdue)
    ALONE.set(services.limiter.alone)
    await _log_figures(services)
    await _rule_figures(services)
    await _house_figures(services)
    return Response(generate_latest() + generate_latest(MACHINE), media_type=CONTENT_TYPE_LATEST)


async def _log_figures(services: Services) -> None:
    state = await services.merkle()
    for log in state.logs:
        LEAVES.labels(log.kind).set(log.leaves)
        UNANCHORED.labels(log.kind).set(log.unanchored)
    CHECKPOINT_AGE.set(state.age)
    UNDELIVERED.clear()
    for delivery in state.deliveries:
        UNDELIVERED.labels(delivery.anchor).set(delivery.waiting)


async def _rule_figures(services: Services) -> None:
    seen = await services.watched()
    for gauge in (RULE, RULE_BROKEN, RULE_UNSEEN):
        gauge.clear()
    for reading in seen.readings:
        RULE.labels(reading.rule, reading.about).set(reading.value)
        RULE_BROKEN.labels(reading.rule, reading.about).set(reading.broken)
    unseen = seen.unseen()
    for rule in seen.rules:
        RULE_UNSEEN.labels(rule).set(rule in unseen)


async def _house_figures(services: Services) -> None:
    for name, pool in (("database", services.pool), ("keys", services.key_pool)):
        figures_now = pool.get_stats()
        size, free = figures_now.get("pool_size", 0), figures_now.get("pool_available", 0)
        found = {"used": size - free, "free": free, "most": figures_now.get("pool_max", 0),
                 "waiting": figures_now.get("requests_waiting", 0)}  # fmt: skip
        for state, count in found.items():
            CONNECTIONS.labels(name, state).set(count)
    for state, size in zip(("used", "most"), await services.cache.memory() or (), strict=False):
        figures.MEMORY.labels(state).set(size)


@router.get(
    "/api/streams/{stream_id}/events",
    summary="A stream's events, in order",
    responses={200: {"model": Envelope[list[dict[str, Any]]]}},
)
@permit("streams:read")
async def stream_events(stream_id: UUID, ask: Asking, page: ClinicalPage) -> Response:
    """Return every event of a stream with its place, metadata and personal fields, or that they are erased or kept
    from the caller."""
    recorded = await ask.review.stream(
        ask.tenant, stream_id, lambda topic: may_open(ask.caller.roles, topic, ask.caller.scopes)
    )
    if not recorded:
        raise NotFound("There is no such stream here.", id=str(stream_id))
    shown = [_event(r) for r in recorded[page.offset : page.offset + page.limit]]
    return ask.list(shown, len(recorded), page)


def _event(recorded: Recorded) -> dict[str, Any]:
    return {
        "position": recorded.position,
        "version": recorded.version,
        "type": recorded.copy.type,
        "schema_version": recorded.copy.schema_version,
        "recorded_at": recorded.recorded_at,
        "subject_id": recorded.subject_id,
        "data": msgspec.to_builtins(recorded.event),
        "meta": msgspec.json.decode(recorded.meta),
    }
