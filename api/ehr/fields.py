"""What each of the eleven record types says, as JSON: the same fields in bodies, answers and the OpenAPI document."""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from domain.kernel.event import Content
from domain.records import content as says
from domain.records.units import ucum


def _text(value: object) -> object:
    return str(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else value


#: A decimal number as a string ("98.6"): exact, trailing zeros kept; JSON numbers are taken too.
DecimalText = Annotated[str, BeforeValidator(_text)]
Text = Annotated[str, Field(min_length=1, max_length=20_000)]
Words = Annotated[str, Field(min_length=1, max_length=500)]


class Fields(BaseModel):
    """Base: camelCase names, nothing unknown."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")
    CONTENT: ClassVar[type[Content]]

    def content(self) -> Content:
        """Return the domain's content."""
        names = self.CONTENT.__struct_fields__
        return self.CONTENT(**{n: getattr(self, n) for n in names if getattr(self, n, None) is not None})


class Coded(Fields):
    """Fields with a code of a terminology (FHIR coding)."""

    code: Words | None = Field(None, examples=["195967001"])
    system: Words | None = Field(None, examples=["http://snomed.info/sct"])
    notes: Text | None = None


class MedicalHistoryFields(Coded):
    CONTENT = says.MedicalHistory

    condition: Words = Field(examples=["Asthma"])
    diagnosis: Text | None = Field(None, examples=["Moderate persistent asthma"])
    treatment: Text | None = Field(None, examples=["Inhaled corticosteroid"])
    status: Words | None = Field(None, examples=["active"])


class LabResultFields(Fields):
    CONTENT = says.LabResult

    test_name: Words = Field(examples=["Sodium"])
    result: DecimalText | None = Field(None, examples=["139"])
    unit: Words | None = Field(None, examples=["mmol/L"])
    normal_range: Words | None = Field(None, examples=["135-145"])
    code: Words | None = Field(None, examples=["2951-2"])
    system: Words | None = Field(None, examples=["http://loinc.org"])


class LabReportFields(Coded):
    CONTENT = says.LabReport

    test_name: Words = Field(examples=["Basic metabolic panel"])
    result: DecimalText | None = Field(None, examples=["139"])
    unit: Words | None = Field(None, examples=["mmol/L"])
    normal_range: Words | None = Field(None, examples=["135-145"])
    lab_name: Words | None = Field(None, examples=["Central laboratory"])
    interpretation: Words | None = Field(None, examples=["normal"])
    status: Words | None = Field(None, examples=["final"])
    results: list[LabResultFields] = Field([], max_length=500)

    def content(self) -> Content:
        """Return the panel with its lines."""
        given = {n: getattr(self, n) for n in says.LabReport.__struct_fields__ if getattr(self, n) is not None}
        return says.LabReport(**given | {"results": [line.content() for line in self.results]})


class RadiologyReportFields(Coded):
    CONTENT = says.RadiologyReport

    image_type: Words = Field(examples=["X-ray"])
    findings: Text | None = Field(None, examples=["No fracture"])
    conclusion: Text | None = Field(None, examples=["Normal"])
    body_site: Words | None = Field(None, examples=["Pelvis"])
    study_uid: Words | None = None
    images: int | None = Field(None, ge=0, le=100_000, examples=[1])


class SurgicalRecordFields(Coded):
    CONTENT = says.SurgicalRecord

    surgery_name: Words = Field(examples=["Appendectomy"])
    surgeon: Words | None = None
    reason: Words | None = None
    outcome: Words | None = Field(None, examples=["successful"])
    status: Words | None = Field(None, examples=["completed"])


class MentalHealthNoteFields(Fields):
    CONTENT = says.MentalHealthNote

    session_note: Text = Field(examples=["Slept better; kept the diary."])
    therapist: Words | None = None
    notes: Text | None = None


class VitalFields(Coded):
    CONTENT = says.Vital

    type: says.VitalType = Field(examples=["blood_pressure"])
    value: DecimalText | None = Field(None, description="Decimal string; for blood pressure also 120/80.")
    unit: Words | None = Field(None, examples=["mm[Hg]"], description="UCUM code or a usual name (mmHg, bpm, °F).")
    systolic: DecimalText | None = Field(None, examples=["120"])
    diastolic: DecimalText | None = Field(None, examples=["80"])
    name: Words | None = None

    def content(self) -> Content:
        """Return the vital sign; a blood pressure becomes its two components."""
        unit = ucum(self.unit) if self.unit else None
        systolic, diastolic, value = self.systolic, self.diastolic, self.value
        if self.type is says.VitalType.BLOOD_PRESSURE and value and not (systolic or diastolic):
            systolic, _, diastolic = value.partition("/")
            value = None
        pair = {"systolic": systolic, "diastolic": diastolic}
        parts = [says.Measure(name=n, value=v.strip(), unit=unit or "mm[Hg]") for n, v in pair.items() if v]
        return says.Vital(
            type=self.type,
            name=self.name,
            value=None if parts else value,
            unit=None if parts else unit,
            components=parts,
            code=self.code,
            system=self.system,
            notes=self.notes,
        )


class AllergyFields(Coded):
    CONTENT = says.Allergy

    allergen: Words = Field(examples=["Penicillin"])
    severity: says.Severity | None = Field(None, examples=["Severe"])
    reaction: Text | None = Field(None, examples=["Anaphylaxis"])
    category: Words | None = Field(None, examples=["medication"])
    status: Words | None = Field(None, examples=["active"])


class MedicationFields(Coded):
    CONTENT = says.Medication

    name: Words = Field(examples=["Atorvastatin 20 mg"])
    dosage: Words | None = Field(None, examples=["1 tablet"])
    frequency: Words | None = Field(None, examples=["once a day"])
    prescribed_by: Words | None = None
    purpose: Words | None = None
    side_effects: Text | None = None
    is_active: bool = True
    status: Words | None = Field(None, examples=["active"])


class ImmunizationFields(Coded):
    CONTENT = says.Immunization

    vaccine_name: Words = Field(examples=["Influenza, seasonal"])
    next_due_date: date | None = Field(None, examples=["2027-10-01"])
    batch_number: Words | None = Field(None, examples=["A1234"])
    administrator: Words | None = None
    location: Words | None = Field(None, examples=["Left deltoid"])
    status: Words | None = Field(None, examples=["completed"])


class FamilyHistoryFields(Coded):
    CONTENT = says.FamilyHistory

    relation: Words = Field(examples=["mother"])
    condition: Words = Field(examples=["Type 2 diabetes"])
    diagnosed_age: int | None = Field(None, ge=0, le=130, examples=[52])


class LifestyleAssessmentFields(Coded):
    CONTENT = says.LifestyleAssessment

    diet: Words | None = Field(None, examples=["vegetarian"])
    exercise: Words | None = Field(None, examples=["three times a week"])
    smoking: Words | None = Field(None, examples=["never"])
    alcohol: Words | None = Field(None, examples=["occasional"])
    sleep: Words | None = Field(None, examples=["7 hours"])
    stress: Words | None = Field(None, examples=["moderate"])
    occupation: Words | None = Field(None, examples=["teacher"])
    question: Words | None = None
    answer: Words | None = None
