"""On the day a retention period ends, or when a hold is lifted, an erasure that waited for it is decided on again."""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from uuid import UUID

from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from application.processes.close_data_when_erasure_is_requested import decide
from domain.kernel.recorded import Recorded
from domain.privacy.erasure import Erasure
from domain.privacy.events import ClassRestricted, LegalHoldLifted


def restricted(event: ClassRestricted, recorded: Recorded) -> Iterable[Due]:
    """When the day begins (UTC); a class kept by holds alone has no date of its own."""
    if event.until is not None:
        yield Due({"erasure_id": str(recorded.stream_id)}, datetime.combine(event.until, time.min, UTC))


def lifted(event: LegalHoldLifted, recorded: Recorded) -> Iterable[Due]:
    """At once, for each erasure the hold stood against."""
    for erasure_id in event.waiting:
        yield Due({"erasure_id": str(erasure_id)}, label=str(erasure_id))


async def perform(effect: Effect, world: World) -> None:
    """Decide anew: another hold, or a later entry's period, may still keep it."""
    erasure = await world.store.load(Erasure, effect.tenant_id, UUID(effect.ids["erasure_id"]))
    if any(erasure.undecided(retention) for retention in erasure.classes):
        await decide(effect, world, erasure)


PROCESS = Process(
    name="decide-again-when-restriction-ends",
    on={ClassRestricted: restricted, LegalHoldLifted: lifted},
    perform=perform,
    queue="privacy",
    priority=3,
)
