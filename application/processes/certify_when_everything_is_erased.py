"""When the last class of a person's data is erased, a certificate says so, and the erasure is complete."""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from application.privacy.complete_erasure import CompleteErasure
from domain.kernel.recorded import Recorded
from domain.privacy.erasure import Erasure
from domain.privacy.events import ClassErased
from domain.privacy.kinds import ErasureStatus


def derive(event: ClassErased, recorded: Recorded) -> Iterable[Due]:
    """At once."""
    yield Due({"erasure_id": str(recorded.stream_id)})


async def perform(effect: Effect, world: World) -> None:
    """Certify, once nothing is left; the class that goes last does."""
    erasure_id = UUID(effect.ids["erasure_id"])
    erasure = await world.store.load(Erasure, effect.tenant_id, erasure_id)
    if not erasure.all_erased or erasure.status is ErasureStatus.COMPLETED:
        return
    last = (await world.streams.read(effect.tenant_id, erasure_id, opened=False))[-1]
    log = await world.witness.head(effect.tenant_id)
    unsigned = CompleteErasure(
        erasure_id=erasure_id,
        completed_at=last.recorded_at,
        position=last.position,
        log_size=log.size,
        log_root=log.root,
        stale_until=await world.keys.stale_until(effect.tenant_id),
        signer=None,
        signature=None,
    )
    signed = world.witness.sign(erasure.certificate(effect.tenant_id, unsigned.completion).canonical())
    command = msgspec.structs.replace(unsigned, signer=signed.signer, signature=signed.value) if signed else unsigned
    await world.act(command, tenant_id=effect.tenant_id, key=effect.key)


PROCESS = Process(
    name="certify-when-everything-is-erased", on={ClassErased: derive}, perform=perform, queue="privacy", priority=2
)
