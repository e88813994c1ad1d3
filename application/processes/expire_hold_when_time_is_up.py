"""A hold that is not confirmed by its end runs out, and its time is free again."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from application.scheduling.expire_hold import ExpireHold
from domain.kernel.recorded import Recorded
from domain.scheduling.events import AppointmentHeld


def derive(event: AppointmentHeld, recorded: Recorded) -> Iterable[Due]:
    """The hold's end is the effect's time."""
    ids = {"appointment_id": str(recorded.stream_id), "hold_expires_at": event.hold_expires_at.isoformat()}
    yield Due(ids, event.hold_expires_at)


async def perform(effect: Effect, world: World) -> None:
    """Let it run out; the command does nothing when the hold was confirmed or called off meanwhile."""
    command = ExpireHold(
        appointment_id=UUID(effect.ids["appointment_id"]),
        hold_expires_at=datetime.fromisoformat(effect.ids["hold_expires_at"]),
    )
    await world.act(command, tenant_id=effect.tenant_id, key=effect.key)


PROCESS = Process(
    name="expire-hold-when-time-is-up", on={AppointmentHeld: derive}, perform=perform, queue="holds", priority=1
)
