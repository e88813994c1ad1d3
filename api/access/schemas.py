"""Bodies and answers about emergency access."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from domain.access.events import Finding, GlassReason
from projections.kernel.reader import Row

Text = Annotated[str, Field(min_length=3, max_length=2000, pattern=r"^[^\x00]*$")]


class Shared(BaseModel):
    """camelCase names, nothing unknown."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class OpenBody(Shared):
    """Whose chart, why, and for how long."""

    patient_id: UUID
    code: GlassReason = GlassReason.EMERGENCY_TREATMENT
    reason: Text = Field(examples=["Unconscious, unknown medication"])
    minutes: int = Field(60, ge=1, le=480)


class ReviewBody(Shared):
    """What the privacy officer found."""

    finding: Finding
    note: Text | None = Field(None, examples=["Emergency admission confirmed"])


class OpenDone(Shared):
    """What opening answers."""

    id: UUID
    version: int = Field(examples=[1])
    patient_id: UUID
    expires_at: datetime


class CloseDone(Shared):
    """What closing answers."""

    id: UUID
    version: int
    state: str = Field(examples=["closed"])


class ReviewDone(Shared):
    """What a review answers."""

    id: UUID
    version: int
    finding: Finding


class GlassView(Shared):
    """An emergency access. ``ended``: closed or expired; ``erased``: the reason went with the patient's data."""

    id: UUID
    version: int
    patient_id: UUID
    actor: UUID
    code: GlassReason
    reason: str | None
    opened_at: datetime
    expires_at: datetime
    ended: str | None
    ended_at: datetime | None
    notified_at: datetime | None
    finding: Finding | None
    reviewer: UUID | None
    reviewed_at: datetime | None
    note: str | None = None
    erased: bool = False


def view(row: Row) -> dict[str, Any]:
    """Return an emergency access as it is shown."""
    return {
        "id": row["glass_id"],
        "version": row["version"],
        "patientId": row["patient_id"],
        "actor": row["actor"],
        "code": row["code"],
        "reason": row.get("reason"),
        "openedAt": row["opened_at"],
        "expiresAt": row["expires_at"],
        "ended": row["ended"],
        "endedAt": row["ended_at"],
        "notifiedAt": row["notified_at"],
        "finding": row["finding"],
        "reviewer": row["reviewer"],
        "reviewedAt": row["reviewed_at"],
        "note": row.get("note"),
        "erased": row.get("erased", False),
    }
