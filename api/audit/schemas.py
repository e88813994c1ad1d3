"""Answers of the auditors' routes, as the OpenAPI document shows them. Names are those of the events."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from domain.records.entry import RecordType


class Who(BaseModel):
    """Who did it. ``role`` and ``name`` as the directory has them; ``name`` only for who may open personal fields."""

    id: UUID | None
    role: str | None = Field(examples=["practitioner"])
    name: str | None
    on_behalf_of: UUID | None


class Change(BaseModel):
    """A field that reads differently. A value that cannot be read is ``{"kind": "erased"}`` or ``unopened``."""

    field: str = Field(examples=["content.severity"])
    before: Any = Field(alias="from", examples=["Mild"])
    after: Any = Field(alias="to", examples=["Severe"])


class Asked(BaseModel):
    """Under what it was recorded."""

    correlation_id: UUID | None
    command_id: UUID | None
    causation_id: UUID | None = Field(description="The event that made the system act.")


class Entry(BaseModel):
    """One event of an account."""

    position: int = Field(examples=[42])
    recorded_at: datetime
    effective_at: str | None = Field(description="When it happened or began.", examples=["2026-03-01T09:30:00Z"])
    effective_until: str | None
    stream_id: UUID
    version: int = Field(examples=[2])
    kind: str = Field(examples=["health record"])
    type: str = Field(examples=["records.allergy.amended"])
    what: str = Field(examples=["An allergy or intolerance was amended."])
    person_id: UUID | None
    who: Who
    why: dict[str, Any] = Field(examples=[{"purpose": "TREAT", "reason_code": "corrected"}])
    changes: list[Change]
    request: Asked


class State(BaseModel):
    """A state: what the aggregate holds, what its events said last beside that, and the event it stands after."""

    stream_id: UUID
    kind: str = Field(examples=["appointment"])
    version: int = Field(examples=[3])
    versions: int = Field(description="How many it has by now.", examples=[5])
    state: dict[str, Any] = Field(examples=[{"status": "CONFIRMED"}])
    said: dict[str, Any]
    last: Entry


class Step(Entry):
    """One version of an entry. ``author_id``: the practitioner who answers for it."""

    author_id: UUID | None


class Difference(BaseModel):
    """An entry of a chart that reads differently. A version is null where the entry is not in that chart."""

    record_id: UUID
    record_type: RecordType
    difference: str = Field(examples=["amended"], description="added, amended, retracted or passing")
    version_before: int | None
    version_after: int | None
    changes: list[Change]
    steps: list[Step]


class ChartDifference(BaseModel):
    """How a chart changed between what was known at two moments."""

    patient_id: UUID
    before: datetime = Field(alias="from")
    after: datetime = Field(alias="to")
    valid_at: datetime | None
    differences: list[Difference]
