"""What billing events share: a clinic's own facts, and facts about the person who is billed."""

from uuid import UUID

from domain.kernel.event import DomainEvent, Retention


class ClinicBilled(DomainEvent, frozen=True, kw_only=True):
    """About no person."""

    RETENTION = Retention.BILLING


class PersonBilled(DomainEvent, frozen=True, kw_only=True):
    """About ``person_id``."""

    SUBJECT = "person_id"
    RETENTION = Retention.BILLING
    person_id: UUID
