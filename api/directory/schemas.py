"""What somebody looks for, and what is shown of whom it may be: enough to choose by, and no more."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from api.ehr.schemas import Shared
from projections.people_search.queries import Clues

Sought = Annotated[str, Field(min_length=1, max_length=200)]


class PeopleSearch(Shared):
    """All that is given must be so. It stands in the body: nothing personal stands in a URL."""

    name: Sought | None = Field(None, description="Words of the name, or how they begin.", examples=["ada testp"])
    whole_words: bool = Field(False, description="Whether ``name`` gives whole words.")
    email: Sought | None = Field(None, examples=["ada@clinic.example"])
    phone: Sought | None = Field(None, examples=["+351 000 000 000"])
    record_number: Sought | None = Field(None, description="Any number someone gave the person.")
    birth_date: date | None = Field(None, examples=["1980-02-29"])

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.clues().wanted().terms:
            raise ValueError("say what you look for: a name, e-mail address, telephone, record number or birth date")
        return self

    def clues(self) -> Clues:
        """Return it as the read model is asked."""
        return Clues(**self.model_dump())


class FoundPerson(Shared):
    """Somebody who may be meant; addresses and numbers are masked. Who it is in full is asked by the id."""

    id: UUID
    role: str = Field(examples=["patient"])
    active: bool
    version: int
    name: str = Field(examples=["Ada Testperson"])
    birth_year: str | None = Field(None, examples=["1980"])
    emails: list[str] = Field([], examples=[["a•••@clinic.example"]])
    phones: list[str] = Field([], examples=[["•••00"]])
    record_numbers: list[str] = Field([], examples=[["•••123"]])
