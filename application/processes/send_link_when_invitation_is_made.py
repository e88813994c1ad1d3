"""Whoever is invited is sent a link. The address is opened here, and the secret made here, from the invitation's id and
the platform's key: performed twice it is the same. It lies nowhere but hashed in its table and sealed in the notice."""

from collections.abc import Iterable
from uuid import UUID

from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from domain.identity.events import InvitationMade
from domain.identity.invitation import Invitation
from domain.kernel.event import withheld
from domain.kernel.recorded import Recorded

TEMPLATE = "invitation"


def derive(event: InvitationMade, recorded: Recorded) -> Iterable[Due]:
    """At once."""
    yield Due({"invitation_id": str(event.invitation_id), "organization_id": str(event.organization_id)})


async def perform(effect: Effect, world: World) -> None:
    """Send it, unless the invitation is over by now. Nothing depends on whether the address has an account."""
    invitation_id = UUID(effect.ids["invitation_id"])
    invitation = await world.store.load(Invitation, effect.tenant_id, invitation_id)
    if invitation.how is not None:
        return
    made = (await world.streams.read(effect.tenant_id, invitation_id, opened=True))[0].event
    assert isinstance(made, InvitationMade)
    secret = None if withheld(made.email) else await world.invitations.issue(invitation_id)
    if secret is not None:
        told = {"to": str(made.email), "code": secret}
        await world.notifier.notify(effect.tenant_id, effect.key, TEMPLATE, invitation_id, effect.ids, told)


PROCESS = Process(
    name="send-link-when-invitation-is-made",
    on={InvitationMade: derive},
    perform=perform,
    queue="notices",
    priority=1,
)
