"""The facts of erasure and legal holds. Clear: ids, codes, dates. The words of a case lie under the case's own key."""

from datetime import date, datetime
from uuid import UUID

from domain.kernel.classes import Code, PublicText
from domain.kernel.event import DomainEvent, Retention, Sealed
from domain.privacy.kinds import LegalBasis, RequestBasis


class ErasureEvent(DomainEvent, frozen=True, kw_only=True):
    """What all facts of an erasure share: whose data it is about."""

    SUBJECT = "person_id"
    RETENTION = Retention.AUDIT
    person_id: UUID


class ErasureRequested(ErasureEvent, frozen=True, kw_only=True):
    """From now on nobody reads or adds to the person's data. The person is owed an answer by ``answer_by``."""

    TOPIC = "privacy.erasure.requested"
    basis: RequestBasis
    requested_at: datetime
    answer_by: date


class ErasureRefused(ErasureEvent, frozen=True, kw_only=True):
    """Every class of the person's data is kept by ``holds``: it is to be opened again."""

    TOPIC = "privacy.erasure.refused"
    basis: LegalBasis
    holds: tuple[UUID, ...]
    refused_at: datetime


class DataReopened(ErasureEvent, frozen=True, kw_only=True):
    """What a refused erasure had closed can be read and added to again."""

    TOPIC = "privacy.erasure.data_reopened"


class ClassRestricted(ErasureEvent, frozen=True, kw_only=True):
    """A class stays, closed, until the date the period named by ``source`` ends, or as long as ``holds`` stand."""

    TOPIC = "privacy.erasure.class_restricted"
    retention: Retention
    basis: LegalBasis
    source: PublicText
    until: date | None
    holds: tuple[UUID, ...]


class ClassReleased(ErasureEvent, frozen=True, kw_only=True):
    """Nothing keeps a class any longer: its key is to be destroyed, and nothing stops that any more."""

    TOPIC = "privacy.erasure.class_released"
    retention: Retention
    released_at: datetime


class ClassErased(ErasureEvent, frozen=True, kw_only=True):
    """The key of a class was destroyed."""

    TOPIC = "privacy.erasure.class_erased"
    retention: Retention
    key_id: UUID
    destroyed_at: datetime


class ErasureCompleted(ErasureEvent, frozen=True, kw_only=True):
    """Every class is erased. ``digest`` is the SHA-256 (hex) of the certificate's canonical JSON; ``signature`` is
    ``signer``'s Ed25519 over the same, in base64. ``position`` is the last event the certificate speaks of."""

    TOPIC = "privacy.erasure.completed"
    certificate_id: UUID
    completed_at: datetime
    position: int
    log_size: int | None
    log_root: Code | None
    stale_until: datetime
    digest: Code
    signer: PublicText | None
    signature: Code | None


class HoldEvent(DomainEvent, frozen=True, kw_only=True):
    """What all facts about legal holds share: a hold speaks of one person, or (None) of everybody."""

    SUBJECT = "person_id"
    RETENTION = Retention.AUDIT
    person_id: UUID | None


class LegalHoldPlaced(HoldEvent, frozen=True, kw_only=True):
    """Data of the person (of everybody, without one) in ``classes`` (all, when empty) is not to be destroyed."""

    TOPIC = "privacy.legal_hold.placed"
    hold_id: UUID
    classes: tuple[Retention, ...]
    basis: LegalBasis
    placed_at: datetime


class LegalHoldLifted(HoldEvent, frozen=True, kw_only=True):
    """A hold ended; ``waiting`` are the erasures it stood against."""

    TOPIC = "privacy.legal_hold.lifted"
    hold_id: UUID
    waiting: tuple[UUID, ...]
    lifted_at: datetime


class LegalHoldsConsulted(HoldEvent, frozen=True, kw_only=True):
    """An erasure was decided on in the light of every hold placed by then; ``standing`` are those against it."""

    TOPIC = "privacy.legal_hold.consulted"
    erasure_id: UUID
    standing: tuple[UUID, ...]


class RetentionPeriodSet(DomainEvent, frozen=True, kw_only=True):
    """From now on the organisation keeps a class for ``years`` after its last entry, as ``source`` (a law) says."""

    TOPIC = "privacy.retention_period.set"
    RETENTION = Retention.AUDIT
    retention: Retention
    years: int
    source: PublicText


class CaseNoted(DomainEvent, frozen=True, kw_only=True):
    """Words about an erasure or a hold. They are the case's, not the person's: they neither go with the person's data
    nor outlive the audit period."""

    TOPIC = "privacy.case.noted"
    SUBJECT = "case_id"
    RETENTION = Retention.AUDIT
    case_id: UUID
    words: Sealed[str]


class CaseNotesErased(DomainEvent, frozen=True, kw_only=True):
    """The audit period of a closed case is over, and the key of its words was destroyed."""

    TOPIC = "privacy.case.notes_erased"
    SUBJECT = "case_id"
    RETENTION = Retention.AUDIT
    case_id: UUID
    key_id: UUID
    destroyed_at: datetime
