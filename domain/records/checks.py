"""What a record may say: required words, numbers that are numbers, units that fit, values a living body can have.

Pure functions on content, run before it is sealed. A refusal names the field and the rule, never the value.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from domain.kernel.errors import Invalid
from domain.kernel.event import Content
from domain.records.content import (
    FamilyHistory,
    LabReport,
    LabResult,
    LifestyleAssessment,
    Medication,
    Vital,
    VitalType,
)
from domain.records.units import number, ucum

LONGEST_WORD = 500
LONGEST_TEXT = 20_000
LONG_FIELDS = frozenset(
    {"notes", "session_note", "findings", "conclusion", "treatment", "diagnosis", "result", "reaction", "side_effects"}
)
OLDEST_AGE = 130

#: Units of each vital sign with the lowest and highest value a person can have.
LIMITS: dict[VitalType, dict[str, tuple[str, str]]] = {
    VitalType.BLOOD_PRESSURE: {"mm[Hg]": ("0", "400")},
    VitalType.HEART_RATE: {"/min": ("0", "400")},
    VitalType.TEMPERATURE: {"Cel": ("10", "47"), "[degF]": ("50", "117")},
    VitalType.RESPIRATORY_RATE: {"/min": ("0", "150")},
    VitalType.OXYGEN_SATURATION: {"%": ("0", "100")},
    VitalType.HEIGHT: {"cm": ("10", "300"), "m": ("0.1", "3"), "[in_i]": ("4", "120")},
    VitalType.WEIGHT: {"kg": ("0.1", "700"), "g": ("100", "700000"), "[lb_av]": ("0.2", "1550")},
    VitalType.BODY_MASS_INDEX: {"kg/m2": ("1", "250")},
    VitalType.PAIN: {"{score}": ("0", "10")},
    VitalType.GLUCOSE: {"mg/dL": ("0", "3000"), "mmol/L": ("0", "170")},
}


class InvalidContent(Invalid):
    """A field of the record breaks a rule."""

    code = "invalid-content"


def check(content: Content) -> None:
    """Raise InvalidContent when ``content`` breaks a rule of its type."""
    for field in content.__struct_fields__:
        value = getattr(content, field)
        if isinstance(value, str):
            _words(field, value)
    rule = _RULES.get(type(content))
    if rule is not None:
        rule(content)


def _words(field: str, value: str) -> None:
    if not value.strip():
        raise InvalidContent(f"{field} must not be empty.", field=field, rule="required")
    if len(value) > (LONGEST_TEXT if field in LONG_FIELDS else LONGEST_WORD):
        raise InvalidContent(f"{field} is too long.", field=field, rule="too-long")


def _vital(vital: Vital) -> None:
    if vital.components:
        for measure in vital.components:
            _words("components.name", measure.name)
            _measured(vital.type, measure.name, measure.value, measure.unit)
        names = [measure.name for measure in vital.components]
        if len(set(names)) < len(names):
            raise InvalidContent("A component is given twice.", field="components", rule="repeated")
        if vital.type is VitalType.BLOOD_PRESSURE:
            _blood_pressure({measure.name: Decimal(measure.value) for measure in vital.components})
        return
    if vital.type is VitalType.BLOOD_PRESSURE:
        raise InvalidContent("Blood pressure takes systolic and diastolic.", field="components", rule="required")
    _measured(vital.type, "value", vital.value, vital.unit)


def _measured(vital_type: VitalType, field: str, value: str | None, unit: str | None) -> None:
    """Check one measured value; a vital of another kind may also be said in words, without a unit."""
    exact = number(value)
    if vital_type is VitalType.OTHER and value is not None and (exact is None or unit is not None):
        return
    if exact is None:
        raise InvalidContent(f"{field} must be a number.", field=field, rule="number")
    if unit is None:
        raise InvalidContent(f"{field} needs a unit.", field="unit", rule="required")
    limits = LIMITS.get(vital_type, {})
    if ucum(unit) not in limits:
        raise InvalidContent("This unit does not fit the vital sign.", field="unit", rule="unit", units=list(limits))
    low, high = limits[ucum(unit)]
    if not Decimal(low) <= exact <= Decimal(high):
        raise InvalidContent(f"{field} is out of range.", field=field, rule="range", low=low, high=high)


def _blood_pressure(values: dict[str, Decimal]) -> None:
    if set(values) != {"systolic", "diastolic"}:
        raise InvalidContent("Blood pressure takes systolic and diastolic.", field="components", rule="required")
    if values["diastolic"] > values["systolic"]:
        raise InvalidContent("Diastolic cannot exceed systolic.", field="diastolic", rule="range")


def _lab_report(report: LabReport) -> None:
    lines: list[LabReport | LabResult] = [report, *report.results]
    for line in lines:
        _words("test_name", line.test_name)
        if line.unit is not None and line.result is None:
            raise InvalidContent("A unit needs a result.", field="result", rule="required")
        if line.unit is not None and number((line.result or "").lstrip("<>=~ ")) is None:
            raise InvalidContent("A result with a unit must be a number.", field="result", rule="number")


def _medication(medication: Medication) -> None:
    if medication.is_active and medication.status in {"stopped", "completed", "cancelled", "entered-in-error"}:
        raise InvalidContent("A medicine with this status is not active.", field="is_active", rule="contradiction")


def _family_history(history: FamilyHistory) -> None:
    if history.diagnosed_age is not None and not 0 <= history.diagnosed_age <= OLDEST_AGE:
        raise InvalidContent("The age is out of range.", field="diagnosed_age", rule="range", low=0, high=OLDEST_AGE)


def _lifestyle(assessment: LifestyleAssessment) -> None:
    said = ("diet", "exercise", "smoking", "alcohol", "sleep", "stress", "occupation", "answer", "notes")
    if not any(getattr(assessment, field) for field in said):
        raise InvalidContent("An assessment must say something.", field="diet", rule="required", fields=list(said))


_RULES: dict[type[Content], Callable[[Any], None]] = {
    Vital: _vital,
    LabReport: _lab_report,
    Medication: _medication,
    FamilyHistory: _family_history,
    LifestyleAssessment: _lifestyle,
}
