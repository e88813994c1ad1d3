"""Observation, DiagnosticReport: what was measured, found in a laboratory, seen in an image, told of a way of life."""

import base64
from decimal import InvalidOperation

from adapters.fhir.observations import COMPONENTS, VITALS
from adapters.fhir.outgoing.chart import Entry
from adapters.fhir.outgoing.words import (
    LOINC,
    Json,
    by,
    coded,
    concept,
    labelled,
    made,
    moment,
    notes,
    one_of,
    quantity,
    to,
    value,
)
from domain.records.content import LabReport, LabResult, LifestyleAssessment, Measure, RadiologyReport, Vital

STATUSES = frozenset({"registered", "preliminary", "final", "amended", "corrected", "cancelled", "unknown"})
LOINC_OF = {vital: code for code, vital in reversed(VITALS.items())}
COMPONENT_OF = {name: code for code, name in COMPONENTS.items()}
ASPECTS = ("diet", "exercise", "smoking", "alcohol", "sleep", "stress", "occupation")


def vital(entry: Entry, said: Vital) -> Json:
    """Return a vital sign."""
    code, system = (said.code, said.system) if said.code else (LOINC_OF.get(said.type), LOINC)
    name = said.name or said.type.value.replace("_", " ")
    measured: Json = {"component": [_component(part) for part in said.components]} if said.components else {}
    if said.value is not None:
        measured |= _measured(said.value, said.unit)
    return _observation(entry, "vital-signs", "final") | made(
        code=concept(name, code, system), note=notes(said.notes), **(measured or _absent())
    )  # fmt: skip


def lab_report(entry: Entry, said: LabReport) -> Json:
    """Return a laboratory result; the lines of a panel are its components."""
    result = value(said.result, said.unit)
    lines = [_line(line) for line in said.results]
    return _observation(entry, "laboratory", one_of(said.status, STATUSES, "final")) | made(
        code=concept(said.test_name, said.code, said.system),
        interpretation=[concept(said.interpretation)] if said.interpretation else [],
        referenceRange=[{"text": said.normal_range}] if said.normal_range else [],
        note=notes(labelled("Laboratory", said.lab_name), said.notes),
        component=lines,
        **(result or ({} if lines else _absent())),
    )


def lifestyle(entry: Entry, said: LifestyleAssessment) -> Json:
    """Return a lifestyle assessment: the answer to a question, or what is told of each aspect."""
    aspects = ((aspect, getattr(said, aspect)) for aspect in ASPECTS)
    told = [{"code": concept(aspect), "valueString": text} for aspect, text in aspects if text is not None]
    answer: Json = {"valueString": said.answer} if said.answer else {}
    return _observation(entry, "social-history", "final") | made(
        code=concept(said.question or "Lifestyle assessment", said.code, said.system),
        note=notes(said.notes),
        component=told,
        **(answer or ({} if told else _absent())),
    )


def radiology_report(entry: Entry, said: RadiologyReport) -> Json:
    """Return an imaging report; what was seen stands in its text."""
    text = "\n".join(
        filter(
            None,
            (
                said.findings,
                labelled("Body site", said.body_site),
                labelled("Study", said.study_uid),
                labelled("Images", said.images),
                said.notes,
            ),
        )
    )
    form = {"contentType": "text/plain; charset=utf-8", "data": base64.b64encode(text.encode()).decode()}
    return made(
        resourceType="DiagnosticReport",
        id=str(entry.id),
        status="entered-in-error" if entry.retracted else "final",
        category=[coded("v2-0074", "RAD")],
        code=concept(said.image_type, said.code, said.system),
        subject=to(entry.patient_id),
        effectiveDateTime=moment(entry.start),
        performer=[by(entry.author_id)] if entry.author_id else [],
        conclusion=said.conclusion,
        presentedForm=[form] if text else [],
    )


def _observation(entry: Entry, category: str, status: str) -> Json:
    return made(
        resourceType="Observation",
        id=str(entry.id),
        status="entered-in-error" if entry.retracted else status,
        category=[coded("observation-category", category)],
        subject=to(entry.patient_id),
        effectiveDateTime=moment(entry.start),
        performer=[by(entry.author_id)] if entry.author_id else [],
    )


def _component(part: Measure) -> Json:
    code, system = (part.code, part.system) if part.code else (COMPONENT_OF.get(part.name), LOINC)
    return {"code": concept(part.name, code, system), **_measured(part.value, part.unit)}


def _line(line: LabResult) -> Json:
    return made(
        code=concept(line.test_name, line.code, line.system),
        referenceRange=[{"text": line.normal_range}] if line.normal_range else [],
        **(value(line.result, line.unit) or _absent()),
    )


def _measured(text: str, unit: str | None) -> Json:
    try:
        return {"valueQuantity": quantity(text, unit or "1")}
    except InvalidOperation:
        return value(text, unit)


def _absent() -> Json:
    return {"dataAbsentReason": coded("data-absent-reason", "unknown")}
