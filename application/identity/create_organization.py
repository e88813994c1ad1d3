"""Create an organisation, with the user who founds it as its first member; it is a tenant of its own."""

from uuid import UUID

from application.identity.members import settle
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.identity.epoch import membership_id
from domain.identity.giving import ADMINISTRATOR, OWNER
from domain.identity.kinds import OrganizationKind
from domain.identity.membership import Membership
from domain.identity.organization import Details, Organization


class CreateOrganization(Command, frozen=True, kw_only=True):
    """Run in the new organisation's own tenant. Without ``founder`` its first administrator is invited."""

    kind: OrganizationKind
    details: Details
    founder: UUID | None


@use_case(CreateOrganization, "organizations:found")
async def handle(command: CreateOrganization, session: Session) -> Outcome:
    """Raises BadDetails, UnknownZone, and IllegalTransition when it is there."""
    tenant_id = session.context.tenant_id
    organization = await session.store.load(Organization, tenant_id, tenant_id)
    organization.create(command.kind, command.details)
    if command.founder is None:
        return await session.commit(organization, kind=command.kind)
    role = OWNER if command.kind is OrganizationKind.PERSONAL else ADMINISTRATOR
    membership = Membership(membership_id(tenant_id, command.founder))
    membership.join(
        organization_id=tenant_id, user_id=command.founder, roles=[role], given_by=session.context.caller.actor_id
    )
    settle(organization, membership)
    return await session.commit(organization, membership, kind=command.kind, roles=[role])
