"""The facts of health records: each of the eleven types is recorded, amended and retracted.

Clear: ids, times, reason codes. Everything an entry says lies in the sealed ``content``.
"""

from datetime import datetime
from uuid import UUID

from domain.kernel.event import DomainEvent, Sealed
from domain.records import content as says
from domain.records.critical import Finding
from domain.records.entry import EntryAmended, EntryRecorded, EntryRetracted, RecordType


class MedicalHistoryRecorded(EntryRecorded, frozen=True, kw_only=True):
    """A condition or diagnosis was recorded."""

    TOPIC = "records.medical_history.recorded"
    content: Sealed[says.MedicalHistory]


class MedicalHistoryAmended(EntryAmended, frozen=True, kw_only=True):
    """A condition or diagnosis was amended."""

    TOPIC = "records.medical_history.amended"
    content: Sealed[says.MedicalHistory]


class MedicalHistoryRetracted(EntryRetracted, frozen=True, kw_only=True):
    """A condition or diagnosis was retracted."""

    TOPIC = "records.medical_history.retracted"


class LabReportRecorded(EntryRecorded, frozen=True, kw_only=True):
    """A laboratory result or panel was recorded."""

    TOPIC = "records.lab_report.recorded"
    content: Sealed[says.LabReport]


class LabReportAmended(EntryAmended, frozen=True, kw_only=True):
    """A laboratory result or panel was amended."""

    TOPIC = "records.lab_report.amended"
    content: Sealed[says.LabReport]


class LabReportRetracted(EntryRetracted, frozen=True, kw_only=True):
    """A laboratory result or panel was retracted."""

    TOPIC = "records.lab_report.retracted"


class RadiologyReportRecorded(EntryRecorded, frozen=True, kw_only=True):
    """An imaging study was recorded."""

    TOPIC = "records.radiology_report.recorded"
    content: Sealed[says.RadiologyReport]


class RadiologyReportAmended(EntryAmended, frozen=True, kw_only=True):
    """An imaging study was amended."""

    TOPIC = "records.radiology_report.amended"
    content: Sealed[says.RadiologyReport]


class RadiologyReportRetracted(EntryRetracted, frozen=True, kw_only=True):
    """An imaging study was retracted."""

    TOPIC = "records.radiology_report.retracted"


class SurgicalRecordRecorded(EntryRecorded, frozen=True, kw_only=True):
    """A procedure was recorded."""

    TOPIC = "records.surgical_record.recorded"
    content: Sealed[says.SurgicalRecord]


class SurgicalRecordAmended(EntryAmended, frozen=True, kw_only=True):
    """A procedure was amended."""

    TOPIC = "records.surgical_record.amended"
    content: Sealed[says.SurgicalRecord]


class SurgicalRecordRetracted(EntryRetracted, frozen=True, kw_only=True):
    """A procedure was retracted."""

    TOPIC = "records.surgical_record.retracted"


class MentalHealthNoteRecorded(EntryRecorded, frozen=True, kw_only=True):
    """A mental-health session note was recorded."""

    TOPIC = "records.mental_health_note.recorded"
    content: Sealed[says.MentalHealthNote]


class MentalHealthNoteAmended(EntryAmended, frozen=True, kw_only=True):
    """A mental-health session note was amended."""

    TOPIC = "records.mental_health_note.amended"
    content: Sealed[says.MentalHealthNote]


class MentalHealthNoteRetracted(EntryRetracted, frozen=True, kw_only=True):
    """A mental-health session note was retracted."""

    TOPIC = "records.mental_health_note.retracted"


class VitalRecorded(EntryRecorded, frozen=True, kw_only=True):
    """A vital sign was recorded."""

    TOPIC = "records.vital.recorded"
    content: Sealed[says.Vital]


class VitalAmended(EntryAmended, frozen=True, kw_only=True):
    """A vital sign was amended."""

    TOPIC = "records.vital.amended"
    content: Sealed[says.Vital]


class VitalRetracted(EntryRetracted, frozen=True, kw_only=True):
    """A vital sign was retracted."""

    TOPIC = "records.vital.retracted"


class AllergyRecorded(EntryRecorded, frozen=True, kw_only=True):
    """An allergy or intolerance was recorded."""

    TOPIC = "records.allergy.recorded"
    content: Sealed[says.Allergy]


class AllergyAmended(EntryAmended, frozen=True, kw_only=True):
    """An allergy or intolerance was amended."""

    TOPIC = "records.allergy.amended"
    content: Sealed[says.Allergy]


class AllergyRetracted(EntryRetracted, frozen=True, kw_only=True):
    """An allergy or intolerance was retracted."""

    TOPIC = "records.allergy.retracted"


class MedicationRecorded(EntryRecorded, frozen=True, kw_only=True):
    """A medicine was recorded."""

    TOPIC = "records.medication.recorded"
    content: Sealed[says.Medication]


class MedicationAmended(EntryAmended, frozen=True, kw_only=True):
    """A medicine was amended."""

    TOPIC = "records.medication.amended"
    content: Sealed[says.Medication]


class MedicationRetracted(EntryRetracted, frozen=True, kw_only=True):
    """A medicine was retracted."""

    TOPIC = "records.medication.retracted"


class ImmunizationRecorded(EntryRecorded, frozen=True, kw_only=True):
    """A vaccination was recorded."""

    TOPIC = "records.immunization.recorded"
    content: Sealed[says.Immunization]


class ImmunizationAmended(EntryAmended, frozen=True, kw_only=True):
    """A vaccination was amended."""

    TOPIC = "records.immunization.amended"
    content: Sealed[says.Immunization]


class ImmunizationRetracted(EntryRetracted, frozen=True, kw_only=True):
    """A vaccination was retracted."""

    TOPIC = "records.immunization.retracted"


class FamilyHistoryRecorded(EntryRecorded, frozen=True, kw_only=True):
    """A relative's condition was recorded."""

    TOPIC = "records.family_history.recorded"
    content: Sealed[says.FamilyHistory]


class FamilyHistoryAmended(EntryAmended, frozen=True, kw_only=True):
    """A relative's condition was amended."""

    TOPIC = "records.family_history.amended"
    content: Sealed[says.FamilyHistory]


class FamilyHistoryRetracted(EntryRetracted, frozen=True, kw_only=True):
    """A relative's condition was retracted."""

    TOPIC = "records.family_history.retracted"


class LifestyleAssessmentRecorded(EntryRecorded, frozen=True, kw_only=True):
    """A lifestyle assessment was recorded."""

    TOPIC = "records.lifestyle_assessment.recorded"
    content: Sealed[says.LifestyleAssessment]


class LifestyleAssessmentAmended(EntryAmended, frozen=True, kw_only=True):
    """A lifestyle assessment was amended."""

    TOPIC = "records.lifestyle_assessment.amended"
    content: Sealed[says.LifestyleAssessment]


class LifestyleAssessmentRetracted(EntryRetracted, frozen=True, kw_only=True):
    """A lifestyle assessment was retracted."""

    TOPIC = "records.lifestyle_assessment.retracted"


class AlertRaised(DomainEvent, frozen=True, kw_only=True):
    """A version of a record was found critical; which rule fired, and on what value, is clinical and sealed."""

    TOPIC = "records.critical_alert.raised"
    SUBJECT = "patient_id"

    patient_id: UUID
    record_id: UUID
    record_version: int
    record_type: RecordType
    effective_at: datetime
    findings: Sealed[list[Finding]]


class AlertAcknowledged(DomainEvent, frozen=True, kw_only=True):
    """A person has seen to the alert."""

    TOPIC = "records.critical_alert.acknowledged"
    SUBJECT = "patient_id"

    patient_id: UUID
    acknowledged_by: UUID
    acknowledged_at: datetime


class AlertWithdrawn(DomainEvent, frozen=True, kw_only=True):
    """The record changed and is no longer critical."""

    TOPIC = "records.critical_alert.withdrawn"
    SUBJECT = "patient_id"

    patient_id: UUID
    record_id: UUID
    record_version: int
