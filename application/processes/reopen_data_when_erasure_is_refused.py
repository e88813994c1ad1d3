"""A person whose erasure was refused is read and added to again, and may ask anew."""

from collections.abc import Iterable
from uuid import UUID

from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from application.privacy.note_data_reopened import NoteDataReopened
from domain.kernel.recorded import Recorded
from domain.privacy.erasure import Erasure
from domain.privacy.events import ErasureRefused


def derive(event: ErasureRefused, recorded: Recorded) -> Iterable[Due]:
    """At once."""
    yield Due({"erasure_id": str(recorded.stream_id)})


async def perform(effect: Effect, world: World) -> None:
    """Open, then note it: until that is noted no other erasure of this person can begin and be undone here."""
    erasure_id = UUID(effect.ids["erasure_id"])
    erasure = await world.store.load(Erasure, effect.tenant_id, erasure_id)
    if erasure.reopened:
        return
    await world.keys.reopen(effect.tenant_id, erasure.person_id)
    await world.act(NoteDataReopened(erasure_id=erasure_id), tenant_id=effect.tenant_id, key=effect.key)


PROCESS = Process(
    name="reopen-data-when-erasure-is-refused",
    on={ErasureRefused: derive},
    perform=perform,
    queue="privacy",
    priority=0,
)
