"""The facts of a person's consent that somebody of their family sees something of theirs."""

from datetime import datetime
from uuid import UUID

from domain.kernel.event import DomainEvent, Retention


class DelegationGranted(DomainEvent, frozen=True, kw_only=True):
    """A person lets somebody see what the flags say, as a whole, until they end it or it ends by itself."""

    TOPIC = "identity.delegation.granted"
    SUBJECT = "person_id"
    RETENTION = Retention.PROFILE

    person_id: UUID
    delegate_id: UUID
    can_view_schedule: bool
    can_view_billing: bool
    can_receive_updates: bool
    ends_at: datetime | None = None


class DelegationEnded(DomainEvent, frozen=True, kw_only=True):
    """The person took it back."""

    TOPIC = "identity.delegation.ended"
    SUBJECT = "person_id"
    RETENTION = Retention.PROFILE

    person_id: UUID
    delegate_id: UUID
