"""Carries an erasure out where it was asked for, without waiting for the worker: the same effects, performed early."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from adapters.jobs.performer import Performer
from application.catalogue import PROCESSES
from application.kernel.process import Effect, effects_of
from application.ports.stream_reader import StreamReader
from domain.privacy.erasure import Erasure
from domain.privacy.events import ClassErased, ClassRestricted, ErasureCompleted, ErasureRefused


async def carry_out(performer: Performer, streams: StreamReader, tenant_id: UUID, erasure_id: UUID) -> None:
    """Perform every effect of the erasure that is due, until nothing follows. The worker finds them done already."""
    done: set[UUID] = set()
    while True:
        due = [effect for effect in await _due(streams, tenant_id, erasure_id) if effect.key not in done]
        if not due:
            return
        for effect in due:
            await performer.perform_early(effect, erasure_id)
            done.add(effect.key)


async def _due(streams: StreamReader, tenant_id: UUID, erasure_id: UUID) -> list[Effect]:
    found: list[Effect] = []
    for recorded in await streams.read(tenant_id, erasure_id, opened=False):
        now = max(datetime.now(UTC), recorded.recorded_at)  # the database's clock may be ahead
        for process in PROCESSES.values():
            found += [effect for effect in effects_of(process, recorded) if effect.due_at <= now]
    return found


async def state(streams: StreamReader, tenant_id: UUID, erasure_id: UUID) -> dict[str, Any]:
    """Return where an erasure stands, told from its own events: for who does not wait for read models."""
    facts: dict[str, Any] = {"erasure": str(erasure_id), "refused_by": [], "digest": None}
    classes: dict[str, dict[str, Any]] = {}
    erasure = Erasure(erasure_id)
    for recorded in await streams.read(tenant_id, erasure_id, opened=False):
        erasure.replay([recorded.event])
        match recorded.event:
            case ErasureRefused() as event:
                facts["refused_by"] = [str(hold) for hold in event.holds]
            case ClassRestricted() as event:
                classes[event.retention] = {
                    "until": event.until and event.until.isoformat(),
                    "source": event.source,
                    "holds": [str(hold) for hold in event.holds],
                }
            case ClassErased() as event:
                classes[event.retention] = {"key": str(event.key_id), "destroyed_at": event.destroyed_at.isoformat()}
            case ErasureCompleted() as event:
                facts["digest"] = event.digest
            case _:
                pass
    told = [{"retention": c, "status": str(s), **classes.get(c, {})} for c, s in sorted(erasure.classes.items())]
    return facts | {"status": str(erasure.status), "classes": told}
