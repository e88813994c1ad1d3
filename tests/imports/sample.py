"""A small bundle to bend, and the real ones where they are."""

import json
import os
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

REAL = Path(os.environ.get("CARETRAIL_FHIR_DATA", Path(__file__).parents[3] / "shared" / "data" / "fhir-r4"))
needs_real_bundles = pytest.mark.skipif(
    not REAL.is_dir(), reason="the real FHIR bundles are not here: set CARETRAIL_FHIR_DATA to their folder"
)
PATIENT = "urn:uuid:00000000-0000-4000-8000-000000000001"
DOCTOR = "urn:uuid:00000000-0000-4000-8000-000000000002"
HOSPITAL = "urn:uuid:00000000-0000-4000-8000-000000000003"
VISIT = "urn:uuid:00000000-0000-4000-8000-000000000004"
UCUM = "http://unitsofmeasure.org"

Json = dict[str, Any]


def concept(text: str, code: str = "1", system: str = "http://loinc.org") -> Json:
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}


def category(code: str) -> list[Json]:
    return [concept(code, code, "http://terminology.hl7.org/CodeSystem/observation-category")]


def entry(n: int, resource: Json) -> Json:
    identity = f"00000000-0000-4000-8000-{n:012d}"
    return {"fullUrl": f"urn:uuid:{identity}", "resource": {"id": identity, **resource}}


def about(reference: str = PATIENT) -> Json:
    return {"subject": {"reference": reference}, "encounter": {"reference": VISIT}}


def quantity(value: float, unit: str | None) -> Json:
    return {"value": value} | ({"unit": unit, "system": UCUM, "code": unit} if unit else {})


RESOURCES: list[Json] = [
    {"resourceType": "Patient", "name": [{"family": "Testperson", "given": ["Ada"]}], "birthDate": "1980-02"},
    {"resourceType": "Practitioner", "name": [{"family": "Mocklin", "given": ["Fen"], "prefix": ["Dr."]}]},
    {"resourceType": "Organization", "name": "Example Hospital"},
    {
        "resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"},
        "subject": {"reference": PATIENT}, "participant": [{"individual": {"reference": DOCTOR}}],
        "serviceProvider": {"reference": HOSPITAL},
        "period": {"start": "2020-05-01T09:00:00+02:00", "end": "2020-05-01T09:30:00+02:00"},
    },
    {
        "resourceType": "Observation", "status": "final", "category": category("vital-signs"), **about(),
        "code": concept("Blood pressure", "85354-9"), "effectiveDateTime": "2020-05-01T09:10:00+02:00",
        "performer": [{"reference": DOCTOR}],
        "component": [
            {"code": concept("Systolic", "8480-6"), "valueQuantity": quantity(121.50, "mm[Hg]")},
            {"code": concept("Diastolic", "8462-4"), "valueQuantity": quantity(80, "mm[Hg]")},
        ],
    },
    {
        "resourceType": "Observation", "status": "final", "category": category("laboratory"), **about(),
        "code": concept("Sodium", "2951-2"), "effectiveDateTime": "2020-05-01",
        "valueQuantity": quantity(139, "mmol/L"),
    },
    {
        "resourceType": "Observation", "status": "final", "category": category("survey"), **about(),
        "code": concept("Tobacco smoking status", "72166-2"), "effectiveDateTime": "2020-05-01",
        "valueCodeableConcept": concept("Never smoker"),
    },
    {
        "resourceType": "DiagnosticReport", "status": "final", **about(), "code": concept("Metabolic panel"),
        "effectiveDateTime": "2020-05-01", "category": [concept("LAB", "LAB")],
        "result": [{"reference": "urn:uuid:00000000-0000-4000-8000-000000000006"}],
    },
    {
        "resourceType": "Condition", **about(), "code": concept("Asthma"), "onsetDateTime": "2010",
        "clinicalStatus": concept("resolved", "resolved"), "abatementDateTime": "2012-06",
    },
    {
        "resourceType": "MedicationRequest", "status": "stopped", "intent": "order", **about(),
        "medicationCodeableConcept": concept("Salbutamol"), "authoredOn": "2010-03-01",
        "requester": {"reference": DOCTOR},
    },
    {
        "resourceType": "Immunization", "status": "completed", "patient": {"reference": PATIENT},
        "vaccineCode": concept("Influenza"), "occurrenceDateTime": "2019-10-01", "lotNumber": "A1",
    },
    {
        "resourceType": "AllergyIntolerance", "patient": {"reference": PATIENT}, "criticality": "high",
        "code": concept("Penicillin"), "recordedDate": "2015-01-01",
    },
    {
        "resourceType": "Procedure", "status": "completed", **about(), "code": concept("Spirometry"),
        "performedPeriod": {"start": "2020-05-01T07:00:00Z", "end": "2020-05-01T07:10:00Z"},
    },
    {
        "resourceType": "ImagingStudy", "status": "available", **about(), "started": "2020-05-01T07:00:00Z",
        "series": [{"modality": {"code": "DX", "display": "Digital Radiography"}}],
    },
    {
        "resourceType": "Claim", "status": "active", "use": "claim", "patient": {"reference": PATIENT},
        "created": "2020-05-02", "total": {"value": 129.165, "currency": "EUR"},
    },
    {"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": {"reference": PATIENT}},
]  # fmt: skip


def bundle() -> Json:
    """Return a fresh, good bundle: one of everything, and a CarePlan that is not mapped."""
    entries = [entry(n, resource) for n, resource in enumerate(deepcopy(RESOURCES), 1)]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def packed(document: Json) -> bytes:
    return json.dumps(document).encode()
