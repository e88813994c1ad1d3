"""An emergency access that is not closed runs out by itself, and its place is free again."""

from collections.abc import Iterable
from uuid import UUID

from application.access.expire_break_glass import ExpireBreakGlass
from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from domain.access.events import BreakGlassOpened
from domain.kernel.recorded import Recorded


def derive(event: BreakGlassOpened, recorded: Recorded) -> Iterable[Due]:
    """Its end is the effect's time."""
    yield Due({"glass_id": str(recorded.stream_id)}, event.expires_at)


async def perform(effect: Effect, world: World) -> None:
    """Let it run out; the command does nothing when it was closed meanwhile."""
    command = ExpireBreakGlass(glass_id=UUID(effect.ids["glass_id"]))
    await world.act(command, tenant_id=effect.tenant_id, key=effect.key)


PROCESS = Process(
    name="expire-break-glass-when-time-is-up",
    on={BreakGlassOpened: derive},
    perform=perform,
    queue="holds",
    priority=1,
)
