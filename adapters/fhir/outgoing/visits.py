"""Encounter and Invoice: visits, and what they cost."""

from datetime import timedelta
from uuid import UUID

from adapters.fhir.outgoing.chart import Bill, Visit
from adapters.fhir.outgoing.words import Json, by, concept, labelled, made, moment, money, notes, to
from domain.scheduling.kinds import AppointmentType

CLASSES = {AppointmentType.VIDEO_CALL: "VR", AppointmentType.HOME_VISIT: "HH"}
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def encounter(person_id: UUID, visit: Visit) -> Json:
    """Return an appointment as the encounter it was, or is to be."""
    end = visit.start + timedelta(minutes=visit.minutes)
    return made(
        resourceType="Encounter",
        id=str(visit.id),
        status=visit.status,
        class_={"system": ACT, "code": CLASSES.get(visit.type, "AMB")},
        type=[concept(visit.type.value)],
        subject=to(person_id),
        participant=[{"individual": by(visit.practitioner_id)}] if visit.practitioner_id else [],
        period={"start": moment(visit.start), "end": moment(end)},
        reasonCode=[concept(text) for text in visit.words],
    )


def invoice(person_id: UUID, bill: Bill) -> Json:
    """Return an invoice with its lines."""
    return made(
        resourceType="Invoice",
        id=str(bill.id),
        status=bill.status,
        subject=to(person_id),
        recipient=to(person_id),
        date=bill.issued_on,
        totalNet=money(bill.net) if bill.net else None,
        totalGross=money(bill.total) if bill.total else None,
        lineItem=[
            {
                "chargeItemCodeableConcept": concept(text or "Service"),
                "priceComponent": [{"type": "base", "amount": money(net)}],
            }
            for text, net in bill.lines
        ],
        note=notes(labelled("Number", bill.number)),
    )
