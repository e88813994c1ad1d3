"""What the events of all eleven record types share: whose record, written by whom, and when it holds true."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from domain.kernel.classes import Code, ForeignId
from domain.kernel.event import Content, DomainEvent, Sealed


class RecordType(StrEnum):
    """The eleven kinds of entry in a chart."""

    MEDICAL_HISTORY = "medical_history"
    LAB_REPORT = "lab_report"
    RADIOLOGY_REPORT = "radiology_report"
    SURGICAL_RECORD = "surgical_record"
    MENTAL_HEALTH_NOTE = "mental_health_note"
    VITAL = "vital"
    ALLERGY = "allergy"
    MEDICATION = "medication"
    IMMUNIZATION = "immunization"
    FAMILY_HISTORY = "family_history"
    LIFESTYLE_ASSESSMENT = "lifestyle_assessment"


class AmendmentReason(StrEnum):
    """Why an entry says something else now."""

    CORRECTED = "corrected"
    COMPLETED = "completed"
    SUPERSEDED = "superseded"


class RetractionReason(StrEnum):
    """Why an entry does not count any more."""

    ENTERED_IN_ERROR = "entered-in-error"
    WRONG_PATIENT = "wrong-patient"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"


class EntryRecorded(DomainEvent, frozen=True, kw_only=True):
    """Shared shape of ``…Recorded``. ``effective_at``/``effective_until``: when it holds true (end open if None).

    ``source_system``/``source_id`` name the entry where it was imported from.
    """

    SUBJECT: ClassVar[str | None] = "patient_id"

    patient_id: UUID
    author_id: UUID | None
    effective_at: datetime
    effective_until: datetime | None = None
    encounter_id: UUID | None = None
    source_system: Code | None = None
    source_id: ForeignId | None = None
    content: Sealed[Content]


class EntryAmended(DomainEvent, frozen=True, kw_only=True):
    """Shared shape of ``…Amended``: the whole entry as it reads now, and why it changed."""

    SUBJECT: ClassVar[str | None] = "patient_id"

    patient_id: UUID
    author_id: UUID | None
    effective_at: datetime
    effective_until: datetime | None = None
    encounter_id: UUID | None = None
    reason_code: AmendmentReason
    reason: Sealed[str | None]
    content: Sealed[Content]


class EntryRetracted(DomainEvent, frozen=True, kw_only=True):
    """Shared shape of ``…Retracted``: the entry no longer counts; what it said stays known as it was known then."""

    SUBJECT: ClassVar[str | None] = "patient_id"

    patient_id: UUID
    author_id: UUID | None
    reason_code: RetractionReason
    reason: Sealed[str | None]
