"""Small writers of FHIR's JSON: each leaves out what is not there."""

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from domain.kernel.money import Money
from domain.records.units import ucum

Json = dict[str, Any]
TERMS = "http://terminology.hl7.org/CodeSystem"
LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def made(**parts: object) -> Json:
    """Return the parts that say something; a trailing underscore is no part of a name."""
    return {name.removesuffix("_"): part for name, part in parts.items() if part not in (None, "", [], {})}


def concept(text: str | None, code: str | None = None, system: str | None = None) -> Json:
    """Return a CodeableConcept."""
    return made(coding=[made(system=system, code=code)] if code else [], text=text)


def coded(system: str, code: str) -> Json:
    """Return a CodeableConcept of a terminology of HL7's own."""
    return {"coding": [{"system": f"{TERMS}/{system}", "code": code}]}


def notes(*texts: str | None) -> list[Json]:
    """Return an Annotation per text."""
    return [{"text": text} for text in texts if text]


def labelled(label: str, text: object) -> str | None:
    """Return the text after a word for what it is, for what FHIR has no element for."""
    return f"{label}: {text}" if text else None


def moment(at: datetime | None) -> str | None:
    """Return a FHIR dateTime."""
    return at.isoformat() if at else None


def urn(id_: UUID) -> str:
    """Return the URL by which one resource of the bundle refers to another."""
    return f"urn:uuid:{id_}"


def to(id_: UUID) -> Json:
    """Return a reference to a resource of the bundle."""
    return {"reference": urn(id_)}


def by(id_: UUID | None, kind: str = "Practitioner") -> Json | None:
    """Return a reference to someone who is not in the bundle: it is about one person, and names no other."""
    return {"type": kind, "identifier": {"system": "urn:ietf:rfc:3986", "value": urn(id_)}} if id_ else None


def one_of(code: str | None, allowed: frozenset[str], otherwise: str) -> str:
    """Return the code when FHIR knows it, else another."""
    return code if code in allowed else otherwise


def value(text: str | None, unit: str | None) -> Json:
    """Return ``valueQuantity`` of a number with a unit, ``valueString`` of other words, nothing of None."""
    if text is None:
        return {}
    if not unit or not _NUMBER.fullmatch(text):
        return {"valueString": f"{text} {unit}" if unit else text}
    return {"valueQuantity": quantity(text, unit)}


def quantity(text: str, unit: str) -> Json:
    """Return a Quantity with every digit of ``text``; its UCUM code where the unit has one."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(text.lstrip("<>=~"))
    comparator = re.match(r"[<>]=?", text)
    return made(value=number, comparator=comparator and comparator[0], unit=unit, system=UCUM, code=ucum(unit)) | {
        "value": number
    }


def money(amount: Money) -> Json:
    """Return a FHIR Money."""
    return {"value": Decimal(amount.decimal()), "currency": amount.currency}
