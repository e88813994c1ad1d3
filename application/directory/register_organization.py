"""Register an organisation."""

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.directory.people import Facts, Organization


class RegisterOrganization(Command, frozen=True, kw_only=True):
    """What is known of it."""

    facts: Facts


@use_case(RegisterOrganization, "directory:create")
async def handle(command: RegisterOrganization, session: Session) -> Outcome:
    """Raises Nameless."""
    organization = Organization(session.context.new_id())
    organization.register(command.facts)
    return await session.commit(organization)
