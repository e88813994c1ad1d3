"""Which records call for someone at once: severe allergies and dangerous vital signs (thresholds of R150)."""

from datetime import timedelta
from decimal import Decimal

from domain.kernel.event import Content
from domain.records.content import Allergy, Severity, Vital, VitalType
from domain.records.units import fahrenheit, number

SYSTOLIC_HIGH, SYSTOLIC_LOW = Decimal(180), Decimal(90)
HEART_RATE_HIGH, HEART_RATE_LOW = Decimal(120), Decimal(50)
FEVER, HYPOTHERMIA = Decimal(103), Decimal(95)
#: A vital sign measured longer ago is history.
VITAL_WINDOW = timedelta(hours=24)


class Finding(Content, frozen=True, kw_only=True, tag="finding"):
    """A rule that fired, with the value that fired it."""

    rule: str
    value: str
    unit: str | None = None


def findings(content: object) -> list[Finding]:
    """Return what is critical in ``content``; nothing in records of other types, or when it cannot be read."""
    match content:
        case Allergy(severity=Severity.SEVERE, allergen=allergen):
            return [Finding(rule="allergy-severe", value=allergen)]
        case Vital():
            return _of_vital(content)
        case _:
            return []


def _of_vital(vital: Vital) -> list[Finding]:
    match vital.type:
        case VitalType.BLOOD_PRESSURE:
            systolic = next((m for m in vital.components if m.name == "systolic"), None)
            if systolic is None:
                return []
            return _outside("systolic", number(systolic.value), SYSTOLIC_LOW, SYSTOLIC_HIGH, systolic.value, "mm[Hg]")
        case VitalType.HEART_RATE:
            return _outside("heart-rate", number(vital.value), HEART_RATE_LOW, HEART_RATE_HIGH, vital.value, "/min")
        case VitalType.TEMPERATURE:
            measured = number(vital.value)
            degrees = fahrenheit(measured, vital.unit or "") if measured is not None else None
            return _outside("temperature", degrees, HYPOTHERMIA, FEVER, vital.value, vital.unit)
        case _:
            return []


def _outside(
    what: str, measured: Decimal | None, low: Decimal, high: Decimal, value: str | None, unit: str | None
) -> list[Finding]:
    """Return a finding when ``measured`` is at or beyond a threshold."""
    if measured is None or low < measured < high:
        return []
    return [Finding(rule=f"{what}-{'high' if measured >= high else 'low'}", value=str(value), unit=unit)]
