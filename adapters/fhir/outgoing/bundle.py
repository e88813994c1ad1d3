"""The whole bundle: one person's facts as they stand now, about nobody else."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from adapters.fhir.outgoing import clinical, observations, people, visits
from adapters.fhir.outgoing.chart import Chart, Entry
from adapters.fhir.outgoing.words import Json, moment, to, urn
from domain.kernel.event import Content
from domain.kernel.ids import derived_id
from domain.kernel.recorded import Recorded
from domain.records import content as says

WRITERS: dict[type[Content], Callable[[Entry, Any], Json]] = {
    says.MedicalHistory: clinical.medical_history,
    says.LabReport: observations.lab_report,
    says.RadiologyReport: observations.radiology_report,
    says.SurgicalRecord: clinical.surgical_record,
    says.MentalHealthNote: clinical.mental_health_note,
    says.Vital: observations.vital,
    says.Allergy: clinical.allergy,
    says.Medication: clinical.medication,
    says.Immunization: clinical.immunization,
    says.FamilyHistory: clinical.family_history,
    says.LifestyleAssessment: observations.lifestyle,
}
ENCOUNTERED = frozenset({"Observation", "DiagnosticReport", "Condition", "Procedure", "MedicationRequest",
                         "Immunization", "AllergyIntolerance"})  # fmt: skip
_encode = msgspec.json.Encoder(decimal_format="number").encode


def bundle(person_id: UUID, history: Iterable[Recorded], at: datetime) -> bytes:
    """Return a FHIR R4 collection Bundle (JSON) of one person's opened events; what cannot be opened is not in it."""
    chart = Chart().fold(history)
    listed = chart.listed or {"Patient": None}
    resources = [people.person(person_id, listed[kind], kind) for kind in sorted(listed)]
    resources += [_entry(entry, chart) for entry in chart.entries.values()]
    resources += [visits.encounter(person_id, visit) for visit in chart.visits.values()]
    resources += [visits.invoice(person_id, bill) for bill in chart.bills.values()]
    entries = [{"fullUrl": urn(UUID(resource["id"])), "resource": resource} for resource in resources]
    if len(listed) > 1:  # one id, but a URL in a bundle is one resource's; nothing here refers to the practitioner
        entries[1]["fullUrl"] = urn(derived_id("practitioner", person_id))
    return _encode({"resourceType": "Bundle", "type": "collection", "timestamp": moment(at), "entry": entries})


def _entry(entry: Entry, chart: Chart) -> Json:
    resource = WRITERS[type(entry.content)](entry, entry.content)
    if entry.encounter_id in chart.visits and resource["resourceType"] in ENCOUNTERED:
        resource["encounter"] = to(entry.encounter_id)
    return resource
