"""Bodies and answers about people and organisations."""

import re
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AfterValidator, Field

from api.ehr.schemas import Shared
from domain.directory import content as says


def _printable(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not hold a NUL character")
    return value


Words = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_printable)]
_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


def _date(value: str) -> str:
    if not _DATE.fullmatch(value):
        raise ValueError("must be a date: YYYY, YYYY-MM or YYYY-MM-DD")
    return value


class Name(Shared):
    text: Words | None = Field(None, description="The whole name as it is spoken; made of its parts if absent.")
    family: Words | None = Field(None, examples=["Mocklin"])
    given: list[Words] = Field([], max_length=20, examples=[["Fen"]])
    prefix: list[Words] = Field([], max_length=20, examples=[["Dr."]])
    suffix: list[Words] = Field([], max_length=20)
    use: Words | None = Field(None, examples=["official"])

    def content(self) -> says.PersonName:
        """Return the domain's name."""
        parts = [*self.prefix, *self.given, *([self.family] if self.family else []), *self.suffix]
        return says.PersonName(**self.model_dump() | {"text": self.text or " ".join(parts)})


class Address(Shared):
    lines: list[Words] = Field([], max_length=10, examples=[["1 Example Street"]])
    city: Words | None = Field(None, examples=["Lisbon"])
    district: Words | None = None
    state: Words | None = None
    postal_code: Words | None = Field(None, examples=["1000-001"])
    country: Words | None = Field(None, examples=["PT"])
    use: Words | None = None


class Contact(Shared):
    system: Words = Field(examples=["phone"])
    value: Words = Field(examples=["+351 000 000 000"])
    use: Words | None = None


class Identifier(Shared):
    value: Words
    system: Words | None = None
    type: Words | None = None


class Details(Shared):
    """Who a person is."""

    names: list[Name] = Field(min_length=1, max_length=20)
    birth_date: Annotated[str, AfterValidator(_date)] | None = Field(None, examples=["1980-02-29"])
    gender: Words | None = Field(None, examples=["female"])
    deceased_at: Words | None = None
    addresses: list[Address] = Field([], max_length=20)
    contacts: list[Contact] = Field([], max_length=20)
    identifiers: list[Identifier] = Field([], max_length=20)
    marital_status: Words | None = None
    languages: list[Words] = Field([], max_length=20, examples=[["pt"]])
    PARTS: ClassVar[tuple[str, ...]] = ("birth_date", "gender", "deceased_at", "marital_status", "languages")

    def content(self) -> says.Person:
        """Return the domain's person."""
        return says.Person(
            names=[name.content() for name in self.names],
            addresses=[says.Address(**item.model_dump()) for item in self.addresses],
            contacts=[says.ContactPoint(**item.model_dump()) for item in self.contacts],
            identifiers=[says.Identifier(**item.model_dump()) for item in self.identifiers],
            **{part: getattr(self, part) for part in self.PARTS},
        )


class PatientBody(Details):
    patient_id: UUID | None = Field(None, description="The id of the person's account, if there is one.")


class PractitionerBody(Details):
    practitioner_id: UUID | None = Field(None, description="The id of the person's account, if there is one.")


class PractitionerCorrection(Details):
    active: bool = True


class OrganizationBody(Shared):
    name: Words = Field(examples=["Example Hospital"])
    type: Words | None = Field(None, examples=["Healthcare Provider"])
    active: bool = True
    telephone: Words | None = None
    address: Words | None = None


class Registered(Shared):
    """What a command answers."""

    id: UUID
    version: int = Field(examples=[1])


class PersonView(Details):
    """A person; one whose data has been erased has an id and nothing else."""

    id: UUID
    version: int
    role: str = Field(examples=["patient"])
    active: bool
    source_system: str | None = None
    source_id: str | None = None
    erased: bool = False


class OrganizationView(OrganizationBody):
    id: UUID
    version: int
    source_system: str | None = None
    source_id: str | None = None
