"""Bodies and answers of the privacy routes."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from domain.kernel.event import Retention
from domain.privacy.kinds import ClassStatus, ErasureStatus, LegalBasis, RequestBasis

PERSON = "01900000-0000-7000-8000-00000000000a"


class Body(BaseModel):
    """What is sent: camelCase or snake_case, nothing unknown."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Shown(BaseModel):
    """What is answered."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class ErasureBody(Body):
    """Whose data is to be erased, and by which right. The note is kept with the case, apart from the person's data."""

    person_id: UUID = Field(examples=[PERSON])
    basis: RequestBasis = RequestBasis.GDPR
    note: str | None = Field(default=None, min_length=1, max_length=4000)


class HoldBody(Body):
    """What must not be destroyed: of one person (of everybody without), in these classes (in all without)."""

    person_id: UUID | None = Field(default=None, examples=[PERSON])
    classes: list[Retention] = []
    basis: LegalBasis
    note: str | None = Field(default=None, min_length=1, max_length=4000)


class PeriodBody(Body):
    """How many years after its last entry a class is kept, and which law says so."""

    years: int = Field(ge=0, le=100)
    source: str = Field(min_length=1, max_length=120, examples=["42 CFR 424.516(f)"])


class Begun(Shown):
    """An erasure that was asked for."""

    id: UUID
    version: int
    status: ErasureStatus
    person_id: UUID


class ClassView(Shown):
    """One class of the person's data: gone, or kept until when and why."""

    retention: Retention
    status: ClassStatus
    basis: LegalBasis | None
    source: str | None
    until: date | None
    holds: list[UUID]
    key_id: UUID | None
    destroyed_at: datetime | None


class ErasureView(Shown):
    """An erasure as it stands; the certificate is there when it is completed, the note for who may read it."""

    id: UUID
    version: int
    person_id: UUID
    status: ErasureStatus
    basis: RequestBasis
    requested_at: datetime
    answer_by: date
    refusal_basis: LegalBasis | None
    holds: list[UUID]
    classes: list[ClassView]
    certificate: dict[str, Any] | None
    digest: str | None
    signer: str | None
    signature: str | None


class Held(Shown):
    """A hold that was placed or lifted; ``id`` is that of the organisation's list of holds."""

    id: UUID
    version: int
    hold_id: UUID


class HoldView(Shown):
    """A legal hold."""

    id: UUID
    person_id: UUID | None
    classes: list[Retention]
    basis: LegalBasis
    placed_at: datetime
    lifted_at: datetime | None


class PeriodView(Shown):
    """How long a class is kept."""

    retention: Retention
    years: int
    source: str


class PeriodSet(PeriodView):
    """A period that was set."""

    id: UUID
    version: int


class NoteView(Shown):
    """Words about a case; null when their time is over."""

    noted_at: datetime
    by: UUID | None
    words: str | None


class Fact(Shown):
    """One recorded event about the person."""

    position: int
    stream: UUID
    version: int
    event: str
    recorded_at: datetime
    by: UUID | None
    on_behalf_of: UUID | None
    purpose: str | None
    request: UUID | None
    data: dict[str, Any]


class ExportView(Shown):
    """Everything recorded about one person. ``complete`` is false when something could not be opened."""

    person: UUID
    organisation: UUID
    exported_at: datetime
    complete: bool
    facts: list[Fact]
