"""A role that was given until a time is gone then; tokens made earlier stop having it."""

from collections.abc import Iterable
from uuid import UUID

from application.identity.expire_role import ExpireRole
from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from domain.identity.events import RoleAssigned
from domain.kernel.recorded import Recorded


def derive(event: RoleAssigned, recorded: Recorded) -> Iterable[Due]:
    """Its end is the effect's time; a role for good has none."""
    if event.expires_at is not None:
        yield Due({"user_id": str(event.user_id), "role": event.role}, event.expires_at)


async def perform(effect: Effect, world: World) -> None:
    """The command does nothing when the role was taken, or given for longer, meanwhile."""
    command = ExpireRole(user_id=UUID(effect.ids["user_id"]), role=effect.ids["role"], at=effect.due_at)
    await world.act(command, tenant_id=effect.tenant_id, key=effect.key)


PROCESS = Process(
    name="expire-role-when-time-is-up",
    on={RoleAssigned: derive},
    perform=perform,
    queue="holds",
    priority=1,
)
