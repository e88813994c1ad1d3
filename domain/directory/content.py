"""How a person is named, reached and identified (FHIR HumanName, Address, ContactPoint, Identifier). Always sealed.

Dates are ISO strings as FHIR gives them: a birth date may be a year, or a year and month.
"""

from domain.kernel.event import Content


class PersonName(Content, frozen=True, kw_only=True, tag="person-name"):
    """A name as it is spoken (``text``) and in its parts."""

    text: str
    family: str | None = None
    given: list[str] = []
    prefix: list[str] = []
    suffix: list[str] = []
    use: str | None = None


class Address(Content, frozen=True, kw_only=True, tag="address"):
    """A postal address."""

    lines: list[str] = []
    city: str | None = None
    district: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    use: str | None = None


class ContactPoint(Content, frozen=True, kw_only=True, tag="contact-point"):
    """A telephone number, e-mail address or the like."""

    system: str
    value: str
    use: str | None = None


class Identifier(Content, frozen=True, kw_only=True, tag="identifier"):
    """A number someone gave the person (social security, medical record)."""

    value: str
    system: str | None = None
    type: str | None = None


class Person(Content, frozen=True, kw_only=True, tag="person"):
    """Who someone is."""

    names: list[PersonName]
    birth_date: str | None = None
    gender: str | None = None
    deceased_at: str | None = None
    addresses: list[Address] = []
    contacts: list[ContactPoint] = []
    identifiers: list[Identifier] = []
    marital_status: str | None = None
    languages: list[str] = []
