"""Patient or Practitioner, or both: who the bundle is about."""

import re
from uuid import UUID

from adapters.fhir.outgoing.words import Json, concept, made, one_of
from domain.directory.content import Address, ContactPoint, Identifier, Person, PersonName

_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
GENDERS = frozenset({"male", "female", "other", "unknown"})
SYSTEMS = frozenset({"phone", "fax", "email", "pager", "url", "sms", "other"})
NAME_USES = frozenset({"usual", "official", "temp", "nickname", "anonymous", "old", "maiden"})
USES = frozenset({"home", "work", "temp", "old", "billing", "mobile"})


def person(id_: UUID, said: Person | None, kind: str) -> Json:
    """Return the resource; without details it has an id alone."""
    if said is None:
        return {"resourceType": kind, "id": str(id_)}
    born = said.birth_date if said.birth_date and _DATE.fullmatch(said.birth_date) else None
    resource = made(
        resourceType=kind,
        id=str(id_),
        identifier=[_identifier(item) for item in said.identifiers],
        name=[_name(name) for name in said.names],
        telecom=[_contact(point) for point in said.contacts],
        gender=one_of(said.gender, GENDERS, "unknown") if said.gender else None,
        birthDate=born,
        address=[_address(address) for address in said.addresses],
    )
    if kind == "Practitioner":
        return resource | made(communication=[concept(language) for language in said.languages])
    return resource | made(
        maritalStatus=concept(said.marital_status),
        communication=[{"language": concept(language)} for language in said.languages],
        **_deceased(said.deceased_at),
    )


def _deceased(at: str | None) -> Json:
    if at is None:
        return {}
    return {"deceasedDateTime": at} if at[:1].isdigit() else {"deceasedBoolean": at == "true"}


def _name(name: PersonName) -> Json:
    use = name.use if name.use in NAME_USES else None
    return made(use=use, text=name.text, family=name.family, given=name.given, prefix=name.prefix, suffix=name.suffix)


def _contact(point: ContactPoint) -> Json:
    use = point.use if point.use in USES - {"billing"} else None
    return made(system=one_of(point.system, SYSTEMS, "other"), value=point.value, use=use)


def _address(address: Address) -> Json:
    return made(
        use=address.use if address.use in USES - {"mobile"} else None,
        line=address.lines,
        city=address.city,
        district=address.district,
        state=address.state,
        postalCode=address.postal_code,
        country=address.country,
    )


def _identifier(item: Identifier) -> Json:
    return made(type=concept(item.type), system=item.system, value=item.value)
