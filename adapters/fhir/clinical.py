"""Condition, Procedure, MedicationRequest, Immunization and AllergyIntolerance: what a chart says."""

from adapters.fhir.entries import Import, Times, entered, practitioner, standing
from adapters.fhir.reading import (
    Json,
    array,
    coding,
    day,
    decimal,
    first,
    joined,
    named,
    obj,
    text,
    texts,
    until,
    when,
    words,
)
from adapters.fhir.references import Entry
from adapters.fhir.refusal import Unusable
from domain.kernel.event import DomainEvent
from domain.records.content import Allergy, Immunization, MedicalHistory, Medication, Severity, SurgicalRecord

SEVERITIES = {"mild": Severity.MILD, "moderate": Severity.MODERATE, "severe": Severity.SEVERE}
CRITICALITIES = {"high": Severity.SEVERE, "low": Severity.MILD}


def condition(given: Import, entry: Entry) -> DomainEvent:
    """Return MedicalHistoryRecorded: true from onset until abatement."""
    resource = entry.resource
    standing(coding(obj(resource, "verificationStatus"))[0])
    code, system = coding(obj(resource, "code"))
    content = MedicalHistory(
        condition=named(resource),
        status=coding(obj(resource, "clinicalStatus"))[0],
        code=code,
        system=system,
        notes=_notes(resource),
    )
    start = when(resource, "onsetDateTime", "onsetPeriod", "recordedDate")
    end = until(resource, "abatementDateTime", "abatementPeriod", "onsetPeriod")
    author = practitioner(given, resource, "recorder", "asserter")
    return entered(given, entry, content, Times(start, end), author=author)


def procedure(given: Import, entry: Entry) -> DomainEvent:
    """Return SurgicalRecordRecorded: done at the start of its period, and done for good."""
    resource = entry.resource
    standing(text(resource, "status"))
    code, system = coding(obj(resource, "code"))
    reasons = [text(item, "display") for item in array(resource, "reasonReference")]
    content = SurgicalRecord(
        surgery_name=named(resource),
        reason=joined(array(resource, "reasonCode")) or ", ".join(filter(None, reasons)) or None,
        outcome=words(obj(resource, "outcome")),
        status=text(resource, "status"),
        code=code,
        system=system,
        notes=_notes(resource),
    )
    start = when(resource, "performedDateTime", "performedPeriod")
    author = given.references.any(array(resource, "performer"), "actor", "Practitioner")
    return entered(given, entry, content, Times(start), author=author)


def medication_request(given: Import, entry: Entry) -> DomainEvent:
    """Return MedicationRecorded: true for the course's bounds, where they are given."""
    resource = entry.resource
    status = text(resource, "status")
    standing(status)
    concept = _medication(given, resource)
    dosage = first(array(resource, "dosageInstruction"))
    bounds = obj(obj(obj(dosage, "timing"), "repeat"), "boundsPeriod")
    code, system = coding(concept)
    content = Medication(
        name=words(concept) or "",
        dosage=_dose(dosage),
        frequency=_frequency(dosage),
        purpose=joined(array(resource, "reasonCode")),
        is_active=status in {"active", "on-hold", "draft", "unknown", None},
        status=status,
        code=code,
        system=system,
        notes=_notes(resource),
    )
    start = when(bounds, "start") or when(resource, "authoredOn")
    times = Times(start, until(bounds, "end"))
    return entered(given, entry, content, times, author=practitioner(given, resource, "requester", "recorder"))


def immunization(given: Import, entry: Entry) -> DomainEvent:
    """Return ImmunizationRecorded."""
    resource = entry.resource
    standing(text(resource, "status"))
    code, system = coding(obj(resource, "vaccineCode"))
    content = Immunization(
        vaccine_name=named(resource, "vaccineCode"),
        batch_number=text(resource, "lotNumber"),
        next_due_date=day(first(array(resource, "protocolApplied")), "dueDate"),
        location=words(obj(resource, "site")) or text(obj(resource, "location"), "display"),
        status=text(resource, "status"),
        code=code,
        system=system,
        notes=_notes(resource),
    )
    start = when(resource, "occurrenceDateTime", "recorded")
    author = given.references.any(array(resource, "performer"), "actor", "Practitioner")
    return entered(given, entry, content, Times(start), author=author, subject="patient")


def allergy(given: Import, entry: Entry) -> DomainEvent:
    """Return AllergyRecorded; the severest of criticality and known reactions counts."""
    resource = entry.resource
    standing(coding(obj(resource, "verificationStatus"))[0])
    reactions = array(resource, "reaction")
    concept = obj(resource, "code") or obj(first(reactions), "substance")
    allergen = words(concept)
    if allergen is None:
        raise Unusable("missing-code", "code")
    code, system = coding(concept)
    content = Allergy(
        allergen=allergen,
        severity=_severity(resource, reactions),
        reaction=joined([item for reaction in reactions for item in array(reaction, "manifestation")]),
        category=", ".join(texts(resource, "category")) or None,
        status=coding(obj(resource, "clinicalStatus"))[0],
        code=code,
        system=system,
        notes=_notes(resource),
    )
    start = when(resource, "onsetDateTime", "onsetPeriod", "recordedDate", "lastOccurrence")
    author = practitioner(given, resource, "recorder", "asserter")
    return entered(given, entry, content, Times(start), author=author, subject="patient")


def _severity(resource: Json, reactions: list[Json]) -> Severity | None:
    known = [SEVERITIES.get(text(reaction, "severity") or "") for reaction in reactions]
    known.append(CRITICALITIES.get(text(resource, "criticality") or ""))
    return max((severity for severity in known if severity), key=list(Severity).index, default=None)


def _medication(given: Import, resource: Json) -> Json:
    """Return the concept of the medicine: given at once, contained, or a resource of the bundle."""
    concept = obj(resource, "medicationCodeableConcept")
    holder = obj(resource, "medicationReference")
    reference = text(holder, "reference") or ""
    if not concept and reference.startswith("#"):
        inner = [item for item in array(resource, "contained") if f"#{item.get('id')}" == reference]
        concept = obj(first(inner), "code")
    elif not concept and reference:
        concept = obj(given.references.resource(given.references.key(reference)), "code")
    concept = concept or {"text": text(holder, "display")}
    if words(concept) is None:
        raise Unusable("missing-code", "medication")
    return concept


def _dose(dosage: Json) -> str | None:
    quantity = obj(first(array(dosage, "doseAndRate")), "doseQuantity")
    amount = decimal(quantity, "value")
    dose = " ".join(part for part in (amount, text(quantity, "unit")) if part)
    return text(dosage, "text") or dose or None


def _frequency(dosage: Json) -> str | None:
    repeat = obj(obj(dosage, "timing"), "repeat")
    times, period, unit = decimal(repeat, "frequency"), decimal(repeat, "period"), text(repeat, "periodUnit")
    if times and period and unit:
        return f"{times} per {period} {unit}"
    return words(obj(obj(dosage, "timing"), "code")) or ("as needed" if dosage.get("asNeededBoolean") is True else None)


def _notes(resource: Json) -> str | None:
    return "\n".join(filter(None, (text(note, "text") for note in array(resource, "note")))) or None
