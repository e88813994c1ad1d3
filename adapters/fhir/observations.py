"""Observation, DiagnosticReport and ImagingStudy: what was measured and seen."""

import base64
from uuid import UUID

from adapters.fhir.entries import Import, Times, entered, standing
from adapters.fhir.reading import Json, array, codes, coding, decimal, first, named, obj, text, when, words
from adapters.fhir.references import Entry
from adapters.fhir.refusal import NotMapped, Unusable
from domain.kernel.event import Content, DomainEvent
from domain.records.checks import LONGEST_TEXT
from domain.records.content import (
    LabReport,
    LabResult,
    LifestyleAssessment,
    Measure,
    RadiologyReport,
    Vital,
    VitalType,
)
from domain.records.units import ucum

EFFECTIVE = ("effectiveDateTime", "effectiveInstant", "effectivePeriod", "issued")
LIFESTYLE = frozenset({"social-history", "survey"})
#: LOINC codes of vital signs (FHIR's vital-signs profile, and the panels and methods in use beside it).
VITALS = {
    "85354-9": VitalType.BLOOD_PRESSURE, "55284-4": VitalType.BLOOD_PRESSURE, "35094-2": VitalType.BLOOD_PRESSURE,
    "8867-4": VitalType.HEART_RATE, "8893-0": VitalType.HEART_RATE,
    "8310-5": VitalType.TEMPERATURE, "8331-1": VitalType.TEMPERATURE, "8328-7": VitalType.TEMPERATURE,
    "9279-1": VitalType.RESPIRATORY_RATE,
    "2708-6": VitalType.OXYGEN_SATURATION, "59408-5": VitalType.OXYGEN_SATURATION,
    "8302-2": VitalType.HEIGHT, "8306-3": VitalType.HEIGHT,
    "29463-7": VitalType.WEIGHT, "3141-9": VitalType.WEIGHT,
    "39156-5": VitalType.BODY_MASS_INDEX,
    "72514-3": VitalType.PAIN,
}  # fmt: skip
COMPONENTS = {"8480-6": "systolic", "8462-4": "diastolic"}
RADIOLOGY = frozenset(
    {"RAD", "RX", "CT", "CUS", "NMR", "NMS", "OUS", "RUS", "VUS", "XRC", "IMG", "LP29684-5", "imaging"}
)
SMOKING = frozenset({"72166-2", "11367-0", "63640-7"})


def observation(given: Import, entry: Entry) -> DomainEvent:
    """Return the event of a vital sign, a lifestyle assessment or, for any other category, a laboratory result."""
    resource = entry.resource
    standing(text(resource, "status"))
    categories = {code for category in array(resource, "category") for code in codes(category)}
    content: Content
    if "vital-signs" in categories and _measured(resource):
        content = _vital(resource)
    elif categories & LIFESTYLE:
        content = _lifestyle(resource)
    else:
        content = _laboratory(resource)
    author = _performer(given, resource)
    return entered(given, entry, content, Times(when(resource, *EFFECTIVE)), author=author)


def diagnostic_report(given: Import, entry: Entry) -> DomainEvent:
    """Return the event of an imaging report or of a laboratory panel with its results."""
    resource = entry.resource
    standing(text(resource, "status"))
    categories = {code for category in array(resource, "category") for code in codes(category)}
    code, system = coding(obj(resource, "code"))
    name, conclusion, notes = named(resource), text(resource, "conclusion"), _presented(resource)
    content: Content
    if categories & RADIOLOGY:
        content = RadiologyReport(image_type=name, conclusion=conclusion, code=code, system=system, notes=notes)
    else:
        content = LabReport(
            test_name=name,
            results=[_line_of(given, item) for item in array(resource, "result")],
            interpretation=conclusion,
            status=text(resource, "status"),
            code=code,
            system=system,
            notes=notes,
        )
    author = _performer(given, resource)
    return entered(given, entry, content, Times(when(resource, *EFFECTIVE)), author=author)


def imaging_study(given: Import, entry: Entry) -> DomainEvent:
    """Return RadiologyReportRecorded of a study without a report."""
    resource = entry.resource
    standing(text(resource, "status"))
    series = first(array(resource, "series"))
    modality = obj(series, "modality") or first(array(resource, "modality"))
    code, system = text(modality, "code"), text(modality, "system")
    name = text(modality, "display") or code
    if name is None:
        raise Unusable("missing-code", "modality")
    content = RadiologyReport(
        image_type=name,
        body_site=text(obj(series, "bodySite"), "display"),
        study_uid=text(first(array(resource, "identifier")), "value"),
        images=_count(resource, "numberOfInstances"),
        code=code,
        system=system,
        notes=text(resource, "description"),
    )
    author = given.references.any(array(series, "performer"), "actor", "Practitioner")
    return entered(given, entry, content, Times(when(resource, "started") or when(series, "started")), author=author)


def _vital(resource: Json) -> Vital:
    code, system = coding(obj(resource, "code"))
    vital_type = next((VITALS[c] for c in codes(obj(resource, "code")) if c in VITALS), VitalType.OTHER)
    name = named(resource)
    parts = [_component(part) for part in array(resource, "component")]
    if parts:
        return Vital(type=vital_type, name=name, components=parts, code=code, system=system)
    value, unit = _quantity(obj(resource, "valueQuantity"), "valueQuantity")
    return Vital(type=vital_type, name=name, value=value, unit=unit, code=code, system=system)


def _component(part: Json) -> Measure:
    concept = obj(part, "code")
    code, system = coding(concept)
    value, unit = _quantity(obj(part, "valueQuantity"), "component.valueQuantity")
    name = COMPONENTS.get(code or "") or words(concept)
    if name is None:
        raise Unusable("missing-code", "component.code")
    return Measure(name=name, value=value, unit=unit, code=code, system=system)


def _lifestyle(resource: Json) -> LifestyleAssessment:
    code, system = coding(obj(resource, "code"))
    answer = _value(resource)[0]
    if answer is None:
        lines = [_component_line(part) for part in array(resource, "component")]
        answer = "; ".join(f"{line.test_name}: {line.result}" for line in lines) or None
    question = named(resource)
    if answer is None:
        raise _absent(resource)
    smoking = answer if SMOKING & set(codes(obj(resource, "code"))) else None
    return LifestyleAssessment(smoking=smoking, question=question, answer=answer, code=code, system=system)


def _laboratory(resource: Json) -> LabReport:
    line = _result(resource)
    lines = [_component_line(part) for part in array(resource, "component")]
    if line.result is None and not lines and not resource.get("hasMember"):
        raise _absent(resource)
    interpretation = ", ".join(filter(None, map(words, array(resource, "interpretation")))) or None
    return LabReport(
        test_name=line.test_name,
        result=line.result,
        unit=line.unit,
        normal_range=line.normal_range,
        results=lines,
        interpretation=interpretation,
        status=text(resource, "status"),
        code=line.code,
        system=line.system,
    )


def _line_of(given: Import, reference: Json) -> LabResult:
    """Return the panel's line for a result: as its observation says, or by name alone when that lies elsewhere."""
    found = given.references.resource(given.references.target({"result": reference}, "result"))
    if found.get("resourceType") == "Observation":
        return _result(found)
    return LabResult(test_name=text(reference, "display") or text(reference, "reference") or "result")


def _result(resource: Json) -> LabResult:
    code, system = coding(obj(resource, "code"))
    value, unit = _value(resource)
    reference_range = text(first(array(resource, "referenceRange")), "text")
    return LabResult(
        test_name=named(resource), result=value, unit=unit, normal_range=reference_range, code=code, system=system
    )


def _component_line(part: Json) -> LabResult:
    code, system = coding(obj(part, "code"))
    value, unit = _value(part)
    return LabResult(test_name=named(part), result=value, unit=unit, code=code, system=system)


def _measured(resource: Json) -> bool:
    """Whether a vital sign is told in quantities; one told in words or ranges is kept as a result."""
    parts = array(resource, "component")
    return bool(resource.get("valueQuantity")) or (bool(parts) and all(part.get("valueQuantity") for part in parts))


def _value(holder: Json) -> tuple[str | None, str | None]:
    """Return (value, unit) of an Observation or component, whatever its value's type; (None, None) when absent."""
    if holder.get("valueQuantity") is not None:
        return _quantity(obj(holder, "valueQuantity"), "valueQuantity")
    if holder.get("valueCodeableConcept") is not None:
        return words(obj(holder, "valueCodeableConcept")), None
    for key in ("valueString", "valueDateTime", "valueTime"):
        if holder.get(key) is not None:
            return text(holder, key), None
    if holder.get("valueBoolean") is not None:
        return ("yes" if holder["valueBoolean"] is True else "no"), None
    if holder.get("valueInteger") is not None:
        return decimal(holder, "valueInteger"), None
    bounds = obj(holder, "valueRange") or obj(holder, "valueRatio")
    ends = [obj(bounds, key) for key in ("low", "high", "numerator", "denominator") if bounds.get(key)]
    told = [f"{decimal(end, 'value')} {text(end, 'unit') or ''}".strip() for end in ends]
    return ("/" if "numerator" in bounds else "-").join(told) or None, None


def _quantity(quantity: Json, field: str) -> tuple[str, str]:
    value = decimal(quantity, "value")
    if value is None:
        raise Unusable("missing-value", field)
    unit = text(quantity, "code") or text(quantity, "unit")
    if unit is None:
        raise Unusable("value-without-unit", field)
    return f"{text(quantity, 'comparator') or ''}{value}", ucum(unit)


def _absent(resource: Json) -> Exception:
    """Return why a value is not there: the sender says so (left out), or it was forgotten (refused)."""
    return NotMapped() if resource.get("dataAbsentReason") else Unusable("missing-value", "value")


def _count(resource: Json, key: str) -> int | None:
    value = decimal(resource, key)
    return int(value) if value and value.isdigit() else None


def _performer(given: Import, resource: Json) -> UUID | None:
    return given.references.any(
        [{"performer": item} for item in array(resource, "performer")], "performer", "Practitioner"
    )


def _presented(resource: Json) -> str | None:
    """Return a report's own text, where it is plain text and of a bearable length."""
    form = first(array(resource, "presentedForm"))
    data = text(form, "data")
    if data is None or not (text(form, "contentType") or "").startswith("text/plain"):
        return None
    try:
        return base64.b64decode(data, validate=True).decode()[:LONGEST_TEXT].strip() or None
    except ValueError:
        raise Unusable("wrong-shape", "presentedForm.data") from None
