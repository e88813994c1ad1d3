"""A person whose erasure was asked for is read and added to by nobody; then it is decided what goes."""

from collections.abc import Iterable
from uuid import UUID

from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from application.privacy.decide_erasure import DecideErasure
from domain.kernel.recorded import Recorded
from domain.privacy.erasure import Erasure
from domain.privacy.events import ErasureRequested
from domain.privacy.kinds import ErasureStatus


def derive(event: ErasureRequested, recorded: Recorded) -> Iterable[Due]:
    """At once."""
    yield Due({"erasure_id": str(recorded.stream_id)})


async def perform(effect: Effect, world: World) -> None:
    """Close first, look at what is held after: nothing can be added in between. A refused one stays open."""
    erasure_id = UUID(effect.ids["erasure_id"])
    erasure = await world.store.load(Erasure, effect.tenant_id, erasure_id)
    if erasure.status is not ErasureStatus.REQUESTED:
        return
    await world.keys.close(effect.tenant_id, erasure.person_id)
    await decide(effect, world, erasure)


async def decide(effect: Effect, world: World, erasure: Erasure) -> None:
    """Decide in the light of what is held; what was never added to counts from the request."""
    held = await world.keys.held(effect.tenant_id, erasure.person_id)
    days = tuple((h.retention, (h.last_at or erasure.requested_at).date()) for h in held)
    command = DecideErasure(erasure_id=erasure.id, as_of=effect.due_at, held=days)
    await world.act(command, tenant_id=effect.tenant_id, key=effect.key)


PROCESS = Process(
    name="close-data-when-erasure-is-requested",
    on={ErasureRequested: derive},
    perform=perform,
    queue="privacy",
    priority=0,
)
