"""Close an organisation: nobody acts in it any more."""

from application.identity.members import organization_of
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session


class CloseOrganization(Command, frozen=True, kw_only=True):
    """The caller's own."""


@use_case(CloseOrganization, "organizations:close")
async def handle(command: CloseOrganization, session: Session) -> Outcome:
    """What was recorded stays. Raises NotFound, OrganizationOver, PersonalOrganization."""
    organization = await organization_of(session)
    organization.close(session.context.caller.actor_id)
    return await session.commit(organization)
