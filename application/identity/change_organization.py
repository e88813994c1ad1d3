"""Change what an organisation is called and works by."""

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.identity.organization import Details, Organization


class ChangeOrganization(Command, frozen=True, kw_only=True):
    """It reads like this from now on, as a whole."""

    details: Details


@use_case(ChangeOrganization, "organizations:change")
async def handle(command: ChangeOrganization, session: Session) -> Outcome:
    """The caller's own. Raises NotFound, OrganizationOver, BadDetails, UnknownZone."""
    organization = await session.load(Organization, session.context.tenant_id)
    organization.change(command.details)
    return await session.commit(organization)
