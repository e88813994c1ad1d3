"""Keeps what people can be found by, as tokens, until it is decided that they are to be forgotten."""

from pathlib import Path
from uuid import UUID

from domain.directory.content import Person
from domain.directory.events import PatientCorrected, PatientRegistered, PractitionerCorrected, PractitionerRegistered
from domain.kernel.recorded import Recorded
from domain.privacy.events import ClassReleased, ClassRestricted
from projections.kernel.read_model import ReadModel, sealed_columns
from projections.kernel.rows import Rows, Table
from projections.people_search.terms import PATIENT, PRACTITIONER, terms_of

PEOPLE = Table("people_search", ("tenant_id", "person_id", "role"))


def patient(rows: Rows, event: PatientRegistered | PatientCorrected, recorded: Recorded) -> None:
    """A patient is known, or has other details."""
    _person(rows, (event.patient_id, PATIENT), event.person, recorded, active=True)


def practitioner(rows: Rows, event: PractitionerRegistered | PractitionerCorrected, recorded: Recorded) -> None:
    """A practitioner is known, or has other details."""
    _person(rows, (event.practitioner_id, PRACTITIONER), event.person, recorded, active=event.active)


def forgotten(rows: Rows, event: ClassReleased | ClassRestricted, recorded: Recorded) -> None:
    """Nothing of the person will be opened again: from the first class that is decided on."""
    for role in (PATIENT, PRACTITIONER):
        rows.drop(PEOPLE.name, (recorded.tenant_id, event.person_id, role))


def _person(rows: Rows, listed: tuple[UUID, str], person: object, recorded: Recorded, *, active: bool) -> None:
    key = (recorded.tenant_id, *listed)
    if isinstance(person, Person):
        found = {"stream_id": recorded.stream_id, "version": recorded.version, "active": active}
        rows.put(PEOPLE.name, key, found | {"tokens": terms_of(person)} | sealed_columns(recorded))
    else:
        rows.drop(PEOPLE.name, key)


READ_MODEL = ReadModel(
    name="people_search",
    tables=(PEOPLE,),
    on={
        PatientRegistered: patient,
        PatientCorrected: patient,
        PractitionerRegistered: practitioner,
        PractitionerCorrected: practitioner,
        ClassRestricted: forgotten,
        ClassReleased: forgotten,
    },
    schema=Path(__file__).with_name("schema.sql"),
    halts=True,
    keyed=True,
)
