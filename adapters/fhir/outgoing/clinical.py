"""Condition, Procedure, MedicationRequest, Immunization, AllergyIntolerance and what else a chart says."""

import base64

from adapters.fhir.outgoing.chart import Entry
from adapters.fhir.outgoing.words import Json, by, coded, concept, labelled, made, moment, notes, one_of, to
from domain.records.content import (
    Allergy,
    FamilyHistory,
    Immunization,
    MedicalHistory,
    Medication,
    MentalHealthNote,
    Severity,
    SurgicalRecord,
)

CONDITION = frozenset({"active", "recurrence", "relapse", "inactive", "remission", "resolved"})
ALLERGY = frozenset({"active", "inactive", "resolved"})
CATEGORIES = frozenset({"food", "medication", "environment", "biologic"})
PROCEDURE = frozenset({"preparation", "in-progress", "on-hold", "stopped", "completed", "unknown"})
REQUEST = frozenset({"active", "on-hold", "cancelled", "completed", "stopped", "draft", "unknown"})
VOID = "entered-in-error"


def medical_history(entry: Entry, said: MedicalHistory) -> Json:
    """Return a Condition."""
    return made(
        resourceType="Condition",
        id=str(entry.id),
        **_standing(entry, "condition", one_of(said.status, CONDITION, "active") if said.status else None),
        code=concept(said.condition, said.code, said.system),
        subject=to(entry.patient_id),
        onsetDateTime=moment(entry.start),
        abatementDateTime=moment(entry.until),
        recordedDate=moment(entry.recorded_at),
        recorder=by(entry.author_id),
        note=notes(labelled("Diagnosis", said.diagnosis), labelled("Treatment", said.treatment), said.notes),
    )


def surgical_record(entry: Entry, said: SurgicalRecord) -> Json:
    """Return a Procedure."""
    return made(
        resourceType="Procedure",
        id=str(entry.id),
        status=VOID if entry.retracted else one_of(said.status, PROCEDURE, "completed"),
        code=concept(said.surgery_name, said.code, said.system),
        subject=to(entry.patient_id),
        performedDateTime=moment(entry.start),
        recorder=by(entry.author_id),
        performer=[{"actor": {"display": said.surgeon}}] if said.surgeon else [],
        reasonCode=[concept(said.reason)] if said.reason else [],
        outcome=concept(said.outcome),
        note=notes(said.notes),
    )


def medication(entry: Entry, said: Medication) -> Json:
    """Return a MedicationRequest."""
    usual = "active" if said.is_active else "completed"
    bounds = made(start=moment(entry.start), end=moment(entry.until))
    timing = made(repeat={"boundsPeriod": bounds}, code=concept(said.frequency))
    return made(
        resourceType="MedicationRequest",
        id=str(entry.id),
        status=VOID if entry.retracted else one_of(said.status, REQUEST, usual),
        intent="order",
        medicationCodeableConcept=concept(said.name, said.code, said.system),
        subject=to(entry.patient_id),
        authoredOn=moment(entry.recorded_at),
        requester={"display": said.prescribed_by} if said.prescribed_by else by(entry.author_id),
        reasonCode=[concept(said.purpose)] if said.purpose else [],
        note=notes(labelled("Side effects", said.side_effects), said.notes),
        dosageInstruction=[made(text=said.dosage, timing=timing)],
    )


def immunization(entry: Entry, said: Immunization) -> Json:
    """Return an Immunization."""
    return made(
        resourceType="Immunization",
        id=str(entry.id),
        status=VOID if entry.retracted else "completed",
        vaccineCode=concept(said.vaccine_name, said.code, said.system),
        patient=to(entry.patient_id),
        occurrenceDateTime=moment(entry.start),
        location={"display": said.location} if said.location else None,
        lotNumber=said.batch_number,
        performer=[{"actor": {"display": said.administrator}}] if said.administrator else [],
        note=notes(labelled("Next due", said.next_due_date), said.notes),
    )


def allergy(entry: Entry, said: Allergy) -> Json:
    """Return an AllergyIntolerance."""
    high = "high" if said.severity is Severity.SEVERE else "low"
    severity = said.severity.value.lower() if said.severity else None
    reaction = [made(manifestation=[concept(said.reaction)], severity=severity)] if said.reaction else []
    return made(
        resourceType="AllergyIntolerance",
        id=str(entry.id),
        **_standing(entry, "allergyintolerance", one_of(said.status, ALLERGY, "active")),
        category=[word for word in (said.category or "").split(", ") if word in CATEGORIES],
        criticality=high if said.severity else None,
        code=concept(said.allergen, said.code, said.system),
        patient=to(entry.patient_id),
        onsetDateTime=moment(entry.start),
        recordedDate=moment(entry.recorded_at),
        recorder=by(entry.author_id),
        note=notes(said.notes),
        reaction=reaction,
    )


def family_history(entry: Entry, said: FamilyHistory) -> Json:
    """Return a FamilyMemberHistory."""
    age = {"value": said.diagnosed_age, "unit": "a", "system": "http://unitsofmeasure.org", "code": "a"}
    return made(
        resourceType="FamilyMemberHistory",
        id=str(entry.id),
        status=VOID if entry.retracted else "completed",
        patient=to(entry.patient_id),
        date=moment(entry.start),
        relationship=concept(said.relation),
        condition=[
            made(
                code=concept(said.condition, said.code, said.system),
                onsetAge=age if said.diagnosed_age is not None else None,
                note=notes(said.notes),
            )
        ],
    )


def mental_health_note(entry: Entry, said: MentalHealthNote) -> Json:
    """Return a DocumentReference with the note as its text."""
    text = "\n".join(filter(None, (said.session_note, labelled("Therapist", said.therapist), said.notes)))
    attachment = {"contentType": "text/plain; charset=utf-8", "data": base64.b64encode(text.encode()).decode()}
    return made(
        resourceType="DocumentReference",
        id=str(entry.id),
        status=VOID if entry.retracted else "current",
        type=concept("Mental health note"),
        subject=to(entry.patient_id),
        date=moment(entry.start),
        content=[{"attachment": attachment}],
    )


def _standing(entry: Entry, system: str, status: str | None) -> Json:
    """Return the two states of a condition or allergy: one that was retracted has no clinical one."""
    if entry.retracted:
        return {"verificationStatus": coded(f"{system}-verification" if system != "condition" else
                                            "condition-ver-status", VOID)}  # fmt: skip
    return made(clinicalStatus=coded(f"{system}-clinical", status) if status else None)
