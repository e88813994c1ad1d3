"""The facts of an organisation: a business, or the one that every user has for themselves. Its id is its tenant's."""

from uuid import UUID

from domain.identity.events.withdrawal import Withdrawal
from domain.identity.kinds import OrganizationKind
from domain.kernel.classes import Code, Currency, PublicText, ZoneName
from domain.kernel.event import DomainEvent, Retention


class OrganizationCreated(DomainEvent, frozen=True, kw_only=True):
    """It is there. A personal one has no name but its kind."""

    TOPIC = "identity.organization.created"
    RETENTION = Retention.PROFILE

    organization_id: UUID
    kind: OrganizationKind
    name: PublicText
    zone: ZoneName
    currency: Currency
    locale: Code


class OrganizationChanged(DomainEvent, frozen=True, kw_only=True):
    """It is called something else, or works by other settings; stated as a whole."""

    TOPIC = "identity.organization.changed"
    RETENTION = Retention.PROFILE

    organization_id: UUID
    name: PublicText
    zone: ZoneName
    currency: Currency
    locale: Code


class AdministratorNamed(DomainEvent, frozen=True, kw_only=True):
    """One more member keeps the organisation."""

    TOPIC = "identity.organization.administrator_named"
    SUBJECT = "user_id"
    RETENTION = Retention.PROFILE

    organization_id: UUID
    user_id: UUID


class AdministratorReleased(DomainEvent, frozen=True, kw_only=True):
    """A member does not keep it any more; others do."""

    TOPIC = "identity.organization.administrator_released"
    SUBJECT = "user_id"
    RETENTION = Retention.PROFILE

    organization_id: UUID
    user_id: UUID


class OrganizationClosed(Withdrawal, frozen=True, kw_only=True):
    """Nobody acts in it any more; what was recorded stays."""

    TOPIC = "identity.organization.closed"

    organization_id: UUID
    closed_by: UUID
