"""What each of the eleven kinds of health record says. It always lies sealed: no rule of an aggregate reads it.

Measured values are decimal strings (exact, as measured) with a UCUM unit; ``code``/``system`` are FHIR's, where given.
"""

from datetime import date
from enum import StrEnum

from domain.kernel.event import Content


class Severity(StrEnum):
    """How bad an allergic reaction can be."""

    MILD = "Mild"
    MODERATE = "Moderate"
    SEVERE = "Severe"


class VitalType(StrEnum):
    """What a vital sign measures; anything else is OTHER and says its ``name``."""

    BLOOD_PRESSURE = "blood_pressure"
    HEART_RATE = "heart_rate"
    TEMPERATURE = "temperature"
    RESPIRATORY_RATE = "respiratory_rate"
    OXYGEN_SATURATION = "oxygen_saturation"
    HEIGHT = "height"
    WEIGHT = "weight"
    BODY_MASS_INDEX = "body_mass_index"
    PAIN = "pain"
    GLUCOSE = "glucose"
    OTHER = "other"


class MedicalHistory(Content, frozen=True, kw_only=True, tag="medical-history"):
    """A condition; ``status`` is FHIR's clinical status (active, resolved …)."""

    condition: str
    diagnosis: str | None = None
    treatment: str | None = None
    status: str | None = None
    code: str | None = None
    system: str | None = None
    notes: str | None = None


class LabResult(Content, frozen=True, kw_only=True, tag="lab-result"):
    """One line of a laboratory panel."""

    test_name: str
    result: str | None = None
    unit: str | None = None
    normal_range: str | None = None
    code: str | None = None
    system: str | None = None


class LabReport(Content, frozen=True, kw_only=True, tag="lab-report"):
    """A laboratory result, or a panel of ``results``."""

    test_name: str
    result: str | None = None
    unit: str | None = None
    normal_range: str | None = None
    lab_name: str | None = None
    interpretation: str | None = None
    results: list[LabResult] = []
    status: str | None = None
    code: str | None = None
    system: str | None = None
    notes: str | None = None


class RadiologyReport(Content, frozen=True, kw_only=True, tag="radiology-report"):
    """An imaging study and what was seen in it."""

    image_type: str
    findings: str | None = None
    conclusion: str | None = None
    body_site: str | None = None
    study_uid: str | None = None
    images: int | None = None
    code: str | None = None
    system: str | None = None
    notes: str | None = None


class SurgicalRecord(Content, frozen=True, kw_only=True, tag="surgical-record"):
    """A procedure that was done."""

    surgery_name: str
    surgeon: str | None = None
    reason: str | None = None
    outcome: str | None = None
    status: str | None = None
    code: str | None = None
    system: str | None = None
    notes: str | None = None


class MentalHealthNote(Content, frozen=True, kw_only=True, tag="mental-health-note"):
    """A session note; read and written under a permission of its own."""

    session_note: str
    therapist: str | None = None
    notes: str | None = None


class Measure(Content, frozen=True, kw_only=True, tag="measure"):
    """One measured component of a vital sign (systolic, diastolic)."""

    name: str
    value: str
    unit: str
    code: str | None = None
    system: str | None = None


class Vital(Content, frozen=True, kw_only=True, tag="vital"):
    """A vital sign: one ``value`` with its unit, or ``components``."""

    type: VitalType
    name: str | None = None
    value: str | None = None
    unit: str | None = None
    components: list[Measure] = []
    code: str | None = None
    system: str | None = None
    notes: str | None = None


class Allergy(Content, frozen=True, kw_only=True, tag="allergy"):
    """An allergy or intolerance; no ``severity`` means it could not be assessed."""

    allergen: str
    severity: Severity | None = None
    reaction: str | None = None
    category: str | None = None
    status: str | None = None
    code: str | None = None
    system: str | None = None
    notes: str | None = None


class Medication(Content, frozen=True, kw_only=True, tag="medication"):
    """A medicine taken or prescribed; the record's effective period is its course."""

    name: str
    dosage: str | None = None
    frequency: str | None = None
    prescribed_by: str | None = None
    purpose: str | None = None
    side_effects: str | None = None
    is_active: bool = True
    status: str | None = None
    code: str | None = None
    system: str | None = None
    notes: str | None = None


class Immunization(Content, frozen=True, kw_only=True, tag="immunization"):
    """A vaccination given."""

    vaccine_name: str
    next_due_date: date | None = None
    batch_number: str | None = None
    administrator: str | None = None
    location: str | None = None
    status: str | None = None
    code: str | None = None
    system: str | None = None
    notes: str | None = None


class FamilyHistory(Content, frozen=True, kw_only=True, tag="family-history"):
    """A condition of a relative."""

    relation: str
    condition: str
    diagnosed_age: int | None = None
    code: str | None = None
    system: str | None = None
    notes: str | None = None


class LifestyleAssessment(Content, frozen=True, kw_only=True, tag="lifestyle-assessment"):
    """How a person lives; a single questionnaire item stands as ``question`` and ``answer``."""

    diet: str | None = None
    exercise: str | None = None
    smoking: str | None = None
    alcohol: str | None = None
    sleep: str | None = None
    stress: str | None = None
    occupation: str | None = None
    question: str | None = None
    answer: str | None = None
    code: str | None = None
    system: str | None = None
    notes: str | None = None
