"""Register a practitioner."""

from uuid import UUID

from application.directory.choosing import listed_as
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.directory.content import Person
from domain.directory.people import Practitioner


class RegisterPractitioner(Command, frozen=True, kw_only=True):
    """Who the practitioner is; ``practitioner_id`` when the person has an id already (an account's)."""

    person: Person
    practitioner_id: UUID | None = None


@use_case(RegisterPractitioner, "directory:create")
async def handle(command: RegisterPractitioner, session: Session) -> Outcome:
    """Raises AlreadyRegistered, Nameless and NotAPerson."""
    practitioner_id = listed_as(session.context, command.practitioner_id)
    practitioner = await session.store.load(Practitioner, session.context.tenant_id, practitioner_id)
    practitioner.register(command.person)
    return await session.commit(practitioner)
