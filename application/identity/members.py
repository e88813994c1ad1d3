"""Who belongs where: the membership of a user, beside the organisation that is never without an administrator."""

from uuid import UUID

from application.kernel.session import Session
from domain.identity.epoch import membership_id
from domain.identity.giving import within
from domain.identity.membership import Membership
from domain.identity.organization import Organization


async def member_of(session: Session, user_id: UUID) -> Membership:
    """Return the membership of a user in the caller's organisation. Raises NotFound."""
    return await session.load(Membership, membership_id(session.context.tenant_id, user_id))


async def organization_of(session: Session) -> Organization:
    """Return the caller's organisation, where people come and go. Raises NotFound, OrganizationOver and the like."""
    organization = await session.load(Organization, session.context.tenant_id)
    organization.admit()
    return organization


def guard_giving(session: Session, *roles: str) -> None:
    """Raise BeyondOwnRoles unless the caller may give, or take, roles."""
    caller = session.context.caller
    if "system" not in caller.roles:
        within(caller.roles, roles, narrowed=bool(caller.scopes))


def settle(organization: Organization, membership: Membership) -> None:
    """Let the organisation know whether the member keeps it. Raises LastAdministrator."""
    organization.note_administrator(membership.user_id, keeps=membership.keeps)
