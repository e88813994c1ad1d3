"""Register a patient."""

from uuid import UUID

from application.directory.choosing import listed_as
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.directory.content import Person
from domain.directory.people import Patient


class RegisterPatient(Command, frozen=True, kw_only=True):
    """Who the patient is; ``patient_id`` when the person has an id already (an account's)."""

    person: Person
    patient_id: UUID | None = None


@use_case(RegisterPatient, "directory:create")
async def handle(command: RegisterPatient, session: Session) -> Outcome:
    """Raises AlreadyRegistered, Nameless and NotAPerson."""
    patient_id = listed_as(session.context, command.patient_id)
    patient = await session.store.load(Patient, session.context.tenant_id, patient_id)
    patient.register(command.person)
    return await session.commit(patient)
