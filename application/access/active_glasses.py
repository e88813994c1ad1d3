"""Which emergency accesses a caller holds right now: asked of the event store itself, so that an end counts at once."""

from datetime import datetime
from uuid import UUID

from application.kernel.context import Caller
from application.ports.event_store import EventStore
from domain.access.break_glass import BreakGlass, slots


async def active_glasses(store: EventStore, caller: Caller, now: datetime) -> dict[UUID, UUID]:
    """Return the patients whose charts are open to the caller at ``now``, each with the id of the emergency access."""
    held = await store.holders(caller.tenant_id, slots(caller.actor_id))
    glasses = [await store.load(BreakGlass, caller.tenant_id, stream_id) for stream_id in held.values()]
    return {glass.patient_id: glass.id for glass in glasses if glass.active(now)}
