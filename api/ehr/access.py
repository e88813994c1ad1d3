"""Who sees which records: a patient their own, mental-health notes only those who may."""

from uuid import UUID

from api.asking import Ask
from domain.identity.policy import permits
from domain.kernel.errors import Invalid, NotFound
from domain.records.entry import RecordType

PATIENT = "patient"


def only_own(ask: Ask) -> bool:
    """Whether the caller reads records as a patient alone."""
    return not ask.emergency and not permits(ask.caller.roles - {PATIENT}, "ehr:read")


def guard_patient(ask: Ask, patient_id: UUID) -> UUID:
    """Return ``patient_id``; another patient's records are not there for a patient."""
    if only_own(ask) and patient_id != ask.caller.actor_id:
        raise NotFound("There is no such patient here.", id=str(patient_id))
    return patient_id


def chosen_patient(ask: Ask, patient_id: UUID | None) -> UUID:
    """Return whose records a list shows: the named patient, or a patient's own."""
    if patient_id is None:
        if not only_own(ask):
            raise Invalid("Name the patient whose records you want.", field="patientId")
        return ask.caller.actor_id
    return guard_patient(ask, patient_id)


async def visible_types(ask: Ask, patient_id: UUID) -> list[str]:
    """Return the record types the caller may read in a patient's chart."""
    notes = await ask.may_see("mental-health:read", patient_id)
    return [t.value for t in RecordType if notes or t is not RecordType.MENTAL_HEALTH_NOTE]
