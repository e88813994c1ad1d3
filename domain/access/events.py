"""What happens around looking at people's data: the entries of the access log, and the life of a broken glass.

Entries stand in the access log, not in the event store; the glass is an aggregate like any other.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.access.purpose import PurposeOfUse
from domain.kernel.classes import Code
from domain.kernel.event import DomainEvent, Retention, Sealed


class Entry(DomainEvent, frozen=True, kw_only=True):
    """One look. ``subjects``: everyone asked for or shown; ``count``: rows shown; ``grant``: the broken glass used.

    ``action`` is the permission it needed, ``resource`` the route or tool, ``outcome`` shown, empty or the code of the
    refusal. From where and with what the actor looked is personal to the actor, and goes with their profile.
    """

    SUBJECT = "actor"
    RETENTION = Retention.PROFILE

    actor: UUID
    on_behalf_of: UUID | None = None
    purpose: PurposeOfUse
    action: Code
    resource: Code
    outcome: Code
    request_id: UUID
    subjects: list[UUID]
    count: int
    grant: UUID | None = None
    address: Sealed[str | None] = None
    agent: Sealed[str | None] = None


class RecordRead(Entry, frozen=True, kw_only=True):
    """Data was shown, or looked for and not found."""

    TOPIC = "access.record.read"


class ReadRefused(Entry, frozen=True, kw_only=True):
    """A look was refused; ``subjects`` are those it was aimed at, as far as that is known."""

    TOPIC = "access.read.refused"


class DisclosureMade(Entry, frozen=True, kw_only=True):
    """Data left for a purpose that is accounted for, or was released to someone else (45 CFR 164.528).

    ``recipient`` got it; ``recipient_name`` where it has no id here.
    """

    TOPIC = "access.disclosure.made"

    recipient: UUID | None = None
    recipient_name: Sealed[str | None] = None


class GlassReason(StrEnum):
    """Why the rules of everyday do not fit."""

    EMERGENCY_TREATMENT = "emergency-treatment"
    UNABLE_TO_CONSENT = "unable-to-consent"
    SAFETY_OF_OTHERS = "safety-of-others"
    OTHER = "other"


class Finding(StrEnum):
    """What a privacy officer found."""

    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"
    INCONCLUSIVE = "inconclusive"


class BreakGlassOpened(DomainEvent, frozen=True, kw_only=True):
    """Someone opened one person's chart to themselves for a while; a review is owed from now on."""

    TOPIC = "access.break_glass.opened"
    SUBJECT = "patient_id"

    patient_id: UUID
    actor: UUID
    slot: int
    code: GlassReason
    reason: Sealed[str]
    authenticated_at: datetime
    opened_at: datetime
    expires_at: datetime


class BreakGlassClosed(DomainEvent, frozen=True, kw_only=True):
    """It was ended before its time."""

    TOPIC = "access.break_glass.closed"
    SUBJECT = "patient_id"

    patient_id: UUID
    closed_by: UUID
    closed_at: datetime


class BreakGlassExpired(DomainEvent, frozen=True, kw_only=True):
    """Its time ran out."""

    TOPIC = "access.break_glass.expired"
    SUBJECT = "patient_id"

    patient_id: UUID
    expired_at: datetime


class PrivacyOfficerNotified(DomainEvent, frozen=True, kw_only=True):
    """The notice that a glass was broken has gone out."""

    TOPIC = "access.break_glass.notified"
    SUBJECT = "patient_id"

    patient_id: UUID


class BreakGlassReviewed(DomainEvent, frozen=True, kw_only=True):
    """A privacy officer looked into it and closed the review."""

    TOPIC = "access.break_glass.reviewed"
    SUBJECT = "patient_id"

    patient_id: UUID
    reviewer: UUID
    finding: Finding
    note: Sealed[str | None] = None
    reviewed_at: datetime
