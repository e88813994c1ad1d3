"""Units as people and machines write them, as one UCUM code; and the few conversions the rules need."""

from decimal import Decimal, InvalidOperation

_UCUM = {
    "mm[hg]": "mm[Hg]", "mmhg": "mm[Hg]", "mm hg": "mm[Hg]",
    "/min": "/min", "{beats}/min": "/min", "bpm": "/min", "beats/min": "/min", "beats/minute": "/min",
    "breaths/min": "/min", "breaths/minute": "/min", "{breaths}/min": "/min", "rpm": "/min", "per minute": "/min",
    "cel": "Cel", "c": "Cel", "°c": "Cel", "celsius": "Cel", "degc": "Cel",
    "[degf]": "[degF]", "f": "[degF]", "°f": "[degF]", "fahrenheit": "[degF]", "degf": "[degF]",
    "%": "%", "percent": "%",
    "cm": "cm", "m": "m", "[in_i]": "[in_i]", "in": "[in_i]", "inch": "[in_i]", "inches": "[in_i]",
    "kg": "kg", "g": "g", "[lb_av]": "[lb_av]", "lb": "[lb_av]", "lbs": "[lb_av]",
    "kg/m2": "kg/m2", "kg/m²": "kg/m2",
    "mg/dl": "mg/dL", "mmol/l": "mmol/L",
    "{score}": "{score}", "score": "{score}",
}  # fmt: skip


def ucum(unit: str) -> str:
    """Return the UCUM code of a unit written in one of its usual ways; an unknown unit is returned as it is."""
    return _UCUM.get(unit.strip().lower(), unit.strip())


def number(text: str | None) -> Decimal | None:
    """Return a decimal string's finite value, or None when it is not a number."""
    try:
        value = Decimal(text) if text is not None else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() else None


def fahrenheit(value: Decimal, unit: str) -> Decimal | None:
    """Return a temperature in degrees Fahrenheit, or None when ``unit`` is not one of temperature."""
    match ucum(unit):
        case "[degF]":
            return value
        case "Cel":
            return value * 9 / 5 + 32
        case "K":
            return value * 9 / 5 - Decimal("459.67")
        case _:
            return None
