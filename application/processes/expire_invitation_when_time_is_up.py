"""An invitation that nobody answers runs out after seven days, and its address may be invited again."""

from collections.abc import Iterable
from uuid import UUID

from application.identity.end_invitation import ExpireInvitation
from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from domain.identity.events import InvitationMade
from domain.kernel.recorded import Recorded


def derive(event: InvitationMade, recorded: Recorded) -> Iterable[Due]:
    """Its end is the effect's time."""
    yield Due({"invitation_id": str(event.invitation_id)}, event.expires_at)


async def perform(effect: Effect, world: World) -> None:
    """Let it run out; nothing is kept of one that was answered."""
    kept = await world.invitations.of(UUID(effect.ids["invitation_id"]))
    if kept is not None:
        command = ExpireInvitation(invitation_id=kept.invitation_id, account=kept.account, at=effect.due_at)
        await world.act(command, tenant_id=effect.tenant_id, key=effect.key)
        await world.invitations.forget(kept.invitation_id)


PROCESS = Process(
    name="expire-invitation-when-time-is-up",
    on={InvitationMade: derive},
    perform=perform,
    queue="holds",
    priority=2,
)
