"""Whose records a list shows, and which types of entry a caller may read in a chart."""

from collections.abc import Iterable
from uuid import UUID

from api.asking import Ask
from application.records.entries import resource_of
from domain.kernel.errors import Invalid
from domain.records.entry import RecordType


def chosen_patient(ask: Ask, patient_id: UUID | None) -> UUID:
    """Return whose records a list shows: the named patient's, or one's own."""
    chosen = patient_id or ask.own_person
    if chosen is None:
        raise Invalid("Name the patient whose records you want.", field="patientId")
    return chosen


async def visible_types(ask: Ask, patient_id: UUID, wanted: Iterable[RecordType] | None = None) -> list[str]:
    """Return the record types the caller may read in a patient's chart; of those ``wanted``. Raises NotReadable."""
    resources = {resource_of(t): t for t in RecordType}
    seen = {name for name in resources if await ask.may_see(f"{name}:read", patient_id)}
    ask.refuse(*(t.value for t in wanted or () if resource_of(t) not in seen))
    return [t.value for t in wanted or RecordType if resource_of(t) in seen]
