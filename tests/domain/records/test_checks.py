"""What a record may say is checked before it is sealed, and a refusal never repeats the value."""

import pytest

from domain.kernel.event import Content
from domain.records.checks import InvalidContent, check
from domain.records.content import (
    Allergy,
    FamilyHistory,
    LabReport,
    LabResult,
    LifestyleAssessment,
    Measure,
    Medication,
    Vital,
    VitalType,
)
from tests.domain.records.sample import CONTENTS


def vital(vital_type: VitalType, value: str | None, unit: str | None) -> Vital:
    return Vital(type=vital_type, value=value, unit=unit)


def pressure(systolic: str, diastolic: str, unit: str = "mm[Hg]") -> Vital:
    parts = {"systolic": systolic, "diastolic": diastolic}
    measures = [Measure(name=name, value=value, unit=unit) for name, value in parts.items()]
    return Vital(type=VitalType.BLOOD_PRESSURE, components=measures)


GOOD: list[Content] = [
    *CONTENTS.values(),
    pressure("120", "80"),
    vital(VitalType.TEMPERATURE, "37.1", "°C"),
    vital(VitalType.TEMPERATURE, "98.6", "[degF]"),
    vital(VitalType.HEART_RATE, "72", "beats/minute"),
    vital(VitalType.OTHER, "present", None),
    LabReport(test_name="HIV antibody", result="<0.1", unit="kU/L"),
]
BAD = {
    "a word for a number": (vital(VitalType.HEART_RATE, "fast", "/min"), "value", "number"),
    "not a finite number": (vital(VitalType.HEART_RATE, "NaN", "/min"), "value", "number"),
    "no value": (vital(VitalType.WEIGHT, None, "kg"), "value", "number"),
    "no unit": (vital(VitalType.WEIGHT, "70", None), "unit", "required"),
    "a unit of something else": (vital(VitalType.WEIGHT, "70", "Cel"), "unit", "unit"),
    "out of a living body's range": (vital(VitalType.TEMPERATURE, "98.6", "Cel"), "value", "range"),
    "one number for a blood pressure": (vital(VitalType.BLOOD_PRESSURE, "120", "mm[Hg]"), "components", "required"),
    "diastolic above systolic": (pressure("80", "120"), "diastolic", "range"),
    "blood pressure in another unit": (pressure("120", "80", "kg"), "unit", "unit"),
    "an empty allergen": (Allergy(allergen=" "), "allergen", "required"),
    "a lab unit without a number": (LabReport(test_name="Sodium", result="high", unit="mmol/L"), "result", "number"),
    "a panel line with a unit and no result": (
        LabReport(test_name="Panel", results=[LabResult(test_name="Sodium", unit="mmol/L")]), "result", "required",
    ),
    "an active medicine that was stopped": (Medication(name="Aspirin", status="stopped"), "is_active", "contradiction"),
    "an impossible age": (FamilyHistory(relation="aunt", condition="Asthma", diagnosed_age=150), "diagnosed_age",
                          "range"),
    "an assessment that says nothing": (LifestyleAssessment(code="1"), "diet", "required"),
    "a word too long": (Allergy(allergen="x" * 501), "allergen", "too-long"),
}  # fmt: skip


class TestContent:
    @pytest.mark.parametrize("content", GOOD, ids=lambda c: type(c).__name__)
    def test_is_taken_when_it_makes_sense(self, content: Content) -> None:
        check(content)

    @pytest.mark.parametrize("case", BAD)
    def test_is_refused_by_field_and_rule_without_the_value(self, case: str) -> None:
        content, field, rule = BAD[case]
        with pytest.raises(InvalidContent) as caught:
            check(content)
        assert (caught.value.details["field"], caught.value.details["rule"]) == (field, rule)
        assert "fast" not in caught.value.message
