"""Facts the record tests tell their stories with."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from domain.kernel.event import Content
from domain.records import content as says
from domain.records.content import VitalType
from domain.records.entry import AmendmentReason, RecordType, RetractionReason
from domain.records.health_record import HealthRecord

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
PATIENT = UUID("01900000-0000-7000-8000-00000000000a")
DOCTOR = UUID("01900000-0000-7000-8000-00000000000b")

CONTENTS: dict[RecordType, Content] = {
    RecordType.MEDICAL_HISTORY: says.MedicalHistory(condition="Asthma"),
    RecordType.LAB_REPORT: says.LabReport(test_name="Sodium", result="139", unit="mmol/L"),
    RecordType.RADIOLOGY_REPORT: says.RadiologyReport(image_type="X-ray", findings="No fracture"),
    RecordType.SURGICAL_RECORD: says.SurgicalRecord(surgery_name="Appendectomy"),
    RecordType.MENTAL_HEALTH_NOTE: says.MentalHealthNote(session_note="Slept better"),
    RecordType.VITAL: says.Vital(type=VitalType.HEART_RATE, value="72", unit="/min"),
    RecordType.ALLERGY: says.Allergy(allergen="Penicillin", severity=says.Severity.MILD),
    RecordType.MEDICATION: says.Medication(name="Atorvastatin 20 mg"),
    RecordType.IMMUNIZATION: says.Immunization(vaccine_name="Influenza"),
    RecordType.FAMILY_HISTORY: says.FamilyHistory(relation="mother", condition="Diabetes", diagnosed_age=52),
    RecordType.LIFESTYLE_ASSESSMENT: says.LifestyleAssessment(smoking="never"),
}


def enter(record: HealthRecord, content: Content, **changes: Any) -> None:
    """Record ``content`` now, about the patient, by the doctor."""
    given: dict[str, Any] = {"patient_id": PATIENT, "author_id": DOCTOR, "effective_at": NOW, "now": NOW}
    record.enter(content, **given | changes)


def amend(record: HealthRecord, content: Content, **changes: Any) -> None:
    """Correct the entry."""
    given: dict[str, Any] = {"author_id": DOCTOR, "reason_code": AmendmentReason.CORRECTED, "reason": None,
                             "now": LATER}  # fmt: skip
    record.amend(content, **given | changes)


def retract(record: HealthRecord) -> None:
    """Retract the entry as an error."""
    record.retract(author_id=DOCTOR, reason_code=RetractionReason.ENTERED_IN_ERROR, reason="Another patient's")
