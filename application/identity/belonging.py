"""Letting memberships follow an identity provider that keeps them: at every sign-in, and when it tells of a change."""

from contextlib import suppress
from uuid import UUID

from application.identity.align_membership import AlignMembership
from application.identity.doors import Doors, Visit
from application.ports.identity_provider import IdentityProvider
from domain.identity.giving import UnknownRole
from domain.kernel.errors import IllegalTransition, NotFound
from domain.kernel.ids import derived_id


async def follow(
    doors: Doors, visit: Visit, provider: IdentityProvider, user_id: UUID, subject: str, organization: str = ""
) -> None:
    """Align what somebody is in each organisation. One that is not there, is over, would be left without an
    administrator, or has no such role to give, stays as it is. Raises IdentityRefused, ProviderUnavailable."""
    actor_id = derived_id("identity-provider", provider.offer.name)
    for belonging in await provider.belongings(subject, organization):
        command = AlignMembership(user_id=user_id, roles=belonging.roles)
        with suppress(NotFound, IllegalTransition, UnknownRole):
            await doors.act(command, visit, actor_id, belonging.organization_id)
