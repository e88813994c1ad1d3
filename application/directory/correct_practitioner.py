"""Correct a practitioner's details."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.directory.content import Person
from domain.directory.people import Practitioner


class CorrectPractitioner(Command, frozen=True, kw_only=True):
    """Who the practitioner is, as a whole."""

    practitioner_id: UUID
    person: Person
    active: bool = True


@use_case(CorrectPractitioner, "directory:change")
async def handle(command: CorrectPractitioner, session: Session) -> Outcome:
    """Raises NotFound and Nameless."""
    practitioner = await session.load(Practitioner, command.practitioner_id)
    practitioner.correct(command.person, active=command.active)
    return await session.commit(practitioner)
