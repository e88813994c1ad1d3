"""Patient, Practitioner and Organization: who is spoken of."""

from adapters.fhir.entries import Import
from adapters.fhir.reading import Json, array, date_text, first, obj, text, texts, words
from adapters.fhir.references import Entry
from adapters.fhir.refusal import Unusable
from domain.directory.content import Address, ContactPoint, Identifier, Person, PersonName
from domain.directory.events import OrganizationRegistered, PatientRegistered, PractitionerRegistered
from domain.kernel.event import DomainEvent


def patient(given: Import, entry: Entry) -> DomainEvent:
    """Return PatientRegistered."""
    return PatientRegistered(
        patient_id=given.references.id(entry.key),
        person=_person(entry.resource),
        source_system=given.source,
        source_id=str(entry.key),
    )


def practitioner(given: Import, entry: Entry) -> DomainEvent:
    """Return PractitionerRegistered."""
    return PractitionerRegistered(
        practitioner_id=given.references.id(entry.key),
        active=entry.resource.get("active") is not False,
        person=_person(entry.resource),
        source_system=given.source,
        source_id=str(entry.key),
    )


def organization(given: Import, entry: Entry) -> DomainEvent:
    """Return OrganizationRegistered; one without a name is refused."""
    resource = entry.resource
    name = text(resource, "name") or next(iter(texts(resource, "alias")), None)
    if name is None:
        raise Unusable("missing-name", "name")
    addresses = [_address(address) for address in array(resource, "address")]
    phones = [text(point, "value") for point in array(resource, "telecom") if text(point, "system") == "phone"]
    return OrganizationRegistered(
        organization_id=given.references.id(entry.key),
        name=name,
        type=words(first(array(resource, "type"))),
        active=resource.get("active") is not False,
        telephone=next(iter(phones), None),
        address=_line(addresses[0]) if addresses else None,
        source_system=given.source,
        source_id=str(entry.key),
    )


def _person(resource: Json) -> Person:
    deceased = date_text(resource, "deceasedDateTime")
    if deceased is None and resource.get("deceasedBoolean") is True:
        deceased = "true"
    languages = [words(obj(item, "language")) for item in array(resource, "communication")]
    return Person(
        names=[_name(name) for name in array(resource, "name")],
        birth_date=date_text(resource, "birthDate"),
        gender=text(resource, "gender"),
        deceased_at=deceased,
        addresses=[_address(address) for address in array(resource, "address")],
        contacts=[_contact(point) for point in array(resource, "telecom") if text(point, "value")],
        identifiers=[_identifier(item) for item in array(resource, "identifier") if text(item, "value")],
        marital_status=words(obj(resource, "maritalStatus")),
        languages=[language for language in languages if language],
    )


def _name(name: Json) -> PersonName:
    given, prefix, suffix = texts(name, "given"), texts(name, "prefix"), texts(name, "suffix")
    family = text(name, "family")
    parts = [*prefix, *given, *([family] if family else []), *suffix]
    return PersonName(
        text=text(name, "text") or " ".join(parts),
        family=family,
        given=given,
        prefix=prefix,
        suffix=suffix,
        use=text(name, "use"),
    )


def _address(address: Json) -> Address:
    return Address(
        lines=texts(address, "line"),
        city=text(address, "city"),
        district=text(address, "district"),
        state=text(address, "state"),
        postal_code=text(address, "postalCode"),
        country=text(address, "country"),
        use=text(address, "use"),
    )


def _line(address: Address) -> str:
    parts = [*address.lines, address.city, address.state, address.postal_code, address.country]
    return ", ".join(part for part in parts if part)


def _contact(point: Json) -> ContactPoint:
    return ContactPoint(
        system=text(point, "system") or "other", value=text(point, "value") or "", use=text(point, "use")
    )


def _identifier(item: Json) -> Identifier:
    return Identifier(value=text(item, "value") or "", system=text(item, "system"), type=words(obj(item, "type")))
