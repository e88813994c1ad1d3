"""The table of the eleven record types: which event classes and which content belong to each."""

from typing import NamedTuple

from domain.kernel.event import Content
from domain.records import content as says
from domain.records import events as e
from domain.records.entry import EntryAmended, EntryRecorded, EntryRetracted, RecordType


class Shape(NamedTuple):
    """The classes one record type is made of."""

    recorded: type[EntryRecorded]
    amended: type[EntryAmended]
    retracted: type[EntryRetracted]
    content: type[Content]


SHAPES: dict[RecordType, Shape] = {
    RecordType.MEDICAL_HISTORY: Shape(
        e.MedicalHistoryRecorded, e.MedicalHistoryAmended, e.MedicalHistoryRetracted, says.MedicalHistory
    ),
    RecordType.LAB_REPORT: Shape(e.LabReportRecorded, e.LabReportAmended, e.LabReportRetracted, says.LabReport),
    RecordType.RADIOLOGY_REPORT: Shape(
        e.RadiologyReportRecorded, e.RadiologyReportAmended, e.RadiologyReportRetracted, says.RadiologyReport
    ),
    RecordType.SURGICAL_RECORD: Shape(
        e.SurgicalRecordRecorded, e.SurgicalRecordAmended, e.SurgicalRecordRetracted, says.SurgicalRecord
    ),
    RecordType.MENTAL_HEALTH_NOTE: Shape(
        e.MentalHealthNoteRecorded, e.MentalHealthNoteAmended, e.MentalHealthNoteRetracted, says.MentalHealthNote
    ),
    RecordType.VITAL: Shape(e.VitalRecorded, e.VitalAmended, e.VitalRetracted, says.Vital),
    RecordType.ALLERGY: Shape(e.AllergyRecorded, e.AllergyAmended, e.AllergyRetracted, says.Allergy),
    RecordType.MEDICATION: Shape(e.MedicationRecorded, e.MedicationAmended, e.MedicationRetracted, says.Medication),
    RecordType.IMMUNIZATION: Shape(
        e.ImmunizationRecorded, e.ImmunizationAmended, e.ImmunizationRetracted, says.Immunization
    ),
    RecordType.FAMILY_HISTORY: Shape(
        e.FamilyHistoryRecorded, e.FamilyHistoryAmended, e.FamilyHistoryRetracted, says.FamilyHistory
    ),
    RecordType.LIFESTYLE_ASSESSMENT: Shape(
        e.LifestyleAssessmentRecorded,
        e.LifestyleAssessmentAmended,
        e.LifestyleAssessmentRetracted,
        says.LifestyleAssessment,
    ),
}

TYPE_OF: dict[type, RecordType] = {member: record_type for record_type, shape in SHAPES.items() for member in shape}
"""Record type of each event class and content class."""
