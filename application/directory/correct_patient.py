"""Correct a patient's details."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.directory.content import Person
from domain.directory.people import Patient


class CorrectPatient(Command, frozen=True, kw_only=True):
    """Who the patient is, as a whole."""

    patient_id: UUID
    person: Person


@use_case(CorrectPatient, "directory:change")
async def handle(command: CorrectPatient, session: Session) -> Outcome:
    """Raises NotFound and Nameless."""
    patient = await session.load(Patient, command.patient_id)
    patient.correct(command.person)
    return await session.commit(patient)
