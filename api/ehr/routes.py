"""The health-record routes: one set per record type, the views over all of them, and the people they speak of."""

from fastapi import APIRouter

from api.ehr import charts, fields, people
from api.ehr.entries import entry_router
from domain.records.entry import RecordType

PATHS: dict[RecordType, tuple[str, type[fields.Fields]]] = {
    RecordType.MEDICAL_HISTORY: ("medical-history", fields.MedicalHistoryFields),
    RecordType.LAB_REPORT: ("lab-reports", fields.LabReportFields),
    RecordType.RADIOLOGY_REPORT: ("radiology-reports", fields.RadiologyReportFields),
    RecordType.SURGICAL_RECORD: ("surgical-records", fields.SurgicalRecordFields),
    RecordType.MENTAL_HEALTH_NOTE: ("mental-health-notes", fields.MentalHealthNoteFields),
    RecordType.VITAL: ("vitals", fields.VitalFields),
    RecordType.ALLERGY: ("allergies", fields.AllergyFields),
    RecordType.MEDICATION: ("medications", fields.MedicationFields),
    RecordType.IMMUNIZATION: ("immunizations", fields.ImmunizationFields),
    RecordType.FAMILY_HISTORY: ("family-history", fields.FamilyHistoryFields),
    RecordType.LIFESTYLE_ASSESSMENT: ("lifestyle-assessments", fields.LifestyleAssessmentFields),
}

router = APIRouter()
router.include_router(charts.router)
router.include_router(people.router)
for _type, (_path, _fields) in PATHS.items():
    router.include_router(entry_router(_type, _path, _fields))
