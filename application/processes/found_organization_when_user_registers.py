"""Everyone who has an account has an organisation of their own, and is its one member."""

from collections.abc import Iterable
from uuid import UUID

from application.identity.create_organization import CreateOrganization
from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from domain.identity.events import UserRegistered
from domain.identity.kinds import OrganizationKind
from domain.identity.organization import PERSONAL
from domain.kernel.recorded import Recorded


def derive(event: UserRegistered, recorded: Recorded) -> Iterable[Due]:
    """At once; its id was given with the account."""
    yield Due({"user_id": str(event.user_id), "organization_id": str(event.organization_id)})


async def perform(effect: Effect, world: World) -> None:
    """In the organisation's own tenant."""
    command = CreateOrganization(
        kind=OrganizationKind.PERSONAL, details=PERSONAL, founder=UUID(effect.ids["user_id"])
    )  # fmt: skip
    await world.act(command, tenant_id=UUID(effect.ids["organization_id"]), key=effect.key)


PROCESS = Process(
    name="found-organization-when-user-registers",
    on={UserRegistered: derive},
    perform=perform,
    queue="default",
    priority=1,
)
