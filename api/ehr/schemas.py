"""Bodies and answers that all record types share."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.instants import Instant
from domain.records.entry import AmendmentReason, RecordType, RetractionReason

_STARTS = AliasChoices(
    "effectiveAt", "effective_at", "date", "recordedAt", "diagnosedDate", "startDate", "dateAdministered"
)
_ENDS = AliasChoices("effectiveUntil", "effective_until", "endDate")


class Shared(BaseModel):
    """camelCase names, nothing unknown."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Period(Shared):
    """Who says it, and when it holds true."""

    author_id: UUID | None = Field(
        None,
        validation_alias=AliasChoices("authorId", "author_id", "doctorId"),
        description="Practitioner; the caller if absent.",
    )
    effective_at: Instant | None = Field(
        None, validation_alias=_STARTS, description="Since when it holds true; absent: now, or unchanged if amended",
        examples=["2026-03-01T09:30:00Z"],
    )  # fmt: skip
    effective_until: Instant | None = Field(None, validation_alias=_ENDS, description="Until when; open if absent.")


class EntryBody(Period):
    """A new entry."""

    patient_id: UUID = Field(validation_alias=AliasChoices("patientId", "patient_id", "userId"))
    clinic_id: UUID | None = Field(None, description="The caller's clinic, if given at all.")
    encounter_id: UUID | None = Field(
        None, validation_alias=AliasChoices("encounterId", "encounter_id", "appointmentId")
    )


class AmendmentBody(Period):
    """The whole entry as it shall read, and why it changes."""

    reason_code: AmendmentReason = AmendmentReason.CORRECTED
    reason: Annotated[str, Field(min_length=1, max_length=2000)] | None = None


class RetractionBody(Shared):
    """Why an entry does not count any more."""

    reason_code: RetractionReason = RetractionReason.ENTERED_IN_ERROR
    reason: Annotated[str, Field(min_length=1, max_length=2000)] | None = None


class Done(Shared):
    """What a command answers."""

    id: UUID
    version: int = Field(examples=[1])
    record_type: RecordType
    patient_id: UUID


class Retracted(Done):
    """What a retraction answers."""

    status: str = Field(examples=["retracted"])


class Component(Shared):
    """One part of a measurement."""

    name: str = Field(examples=["systolic"])
    value: str = Field(examples=["120"])
    unit: str | None = Field(None, examples=["mm[Hg]"])


class EntryView(Shared):
    """One version of an entry. ``recordedAt``/``recordedUntil``: when it was known; until is absent while it is."""

    id: UUID
    version: int = Field(examples=[2])
    record_type: RecordType
    patient_id: UUID
    author_id: UUID | None = None
    encounter_id: UUID | None = None
    effective_at: datetime | None = None
    effective_until: datetime | None = None
    recorded_at: datetime
    recorded_until: datetime | None = None
    record_status: str = Field(examples=["current"], description="current, superseded or retracted")
    reason_code: str | None = Field(None, examples=["corrected"])
    amendment_reason: str | None = None
    source_system: str | None = None
    source_id: str | None = None
    components: list[Component] | None = Field(None, description="Of a vital sign that is measured in parts.")
    erased: bool = False


class ChartEntry(EntryView):
    """An entry of any type, with what it says in the fields of its type (as the routes of that type have them)."""

    model_config = ConfigDict(extra="allow")


class Highlight(Shared):
    """The short form of an entry, with what it says in the fields of its type."""

    model_config = ConfigDict(extra="allow")

    id: UUID
    version: int = Field(examples=[2])
    record_type: RecordType
    effective_at: datetime | None = None
    effective_until: datetime | None = None
    erased: bool = False


class Chart(Shared):
    """A chart as known at one time and valid at another (absent: now known; valid at any time)."""

    patient_id: UUID
    known_at: datetime | None
    valid_at: datetime | None
    entries: list[ChartEntry]


class TypeCount(Shared):
    """Figures of one record type."""

    active: int = Field(examples=[3])
    recorded: int = Field(examples=[4])
    amended: int = Field(examples=[1])
    retracted: int = Field(examples=[1])
    last_recorded_at: datetime


class Summary(Shared):
    """What a clinician wants to know first."""

    patient_id: UUID
    active_records: int = Field(examples=[42])
    records: dict[RecordType, TypeCount]
    allergies: list[Highlight]
    medications: list[Highlight]
    conditions: list[Highlight]


class Comprehensive(Summary):
    """The summary and the whole chart by type."""

    sections: dict[RecordType, list[ChartEntry]]


class FindingView(Shared):
    """A rule that fired and the value that fired it."""

    rule: str = Field(examples=["systolic-high"])
    value: str = Field(examples=["185"])
    unit: str | None = Field(None, examples=["mm[Hg]"])


class AlertView(Shared):
    """A critical alert."""

    id: UUID
    version: int
    patient_id: UUID
    record_id: UUID
    record_version: int
    record_type: RecordType
    state: str = Field(examples=["raised"])
    effective_at: datetime
    raised_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: UUID | None = None
    findings: list[FindingView] = []
    erased: bool = False


class AlertDone(Shared):
    """What acknowledging answers."""

    id: UUID
    version: int
    status: str = Field(examples=["acknowledged"])
