"""Correct an organisation's details."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.directory.people import Facts, Organization


class CorrectOrganization(Command, frozen=True, kw_only=True):
    """What is known of it, as a whole."""

    organization_id: UUID
    facts: Facts


@use_case(CorrectOrganization, "directory:change")
async def handle(command: CorrectOrganization, session: Session) -> Outcome:
    """Raises NotFound and Nameless."""
    organization = await session.load(Organization, command.organization_id)
    organization.correct(command.facts)
    return await session.commit(organization)
