"""The facts of an API key. Its secrets never stand here: only what they begin with."""

from datetime import datetime
from uuid import UUID

from domain.kernel.classes import Code
from domain.kernel.event import DomainEvent, Retention


class ApiKeyCreated(DomainEvent, frozen=True, kw_only=True):
    """A program may act for the organisation, by ``roles`` its owner holds, narrowed to ``scopes``."""

    TOPIC = "identity.api_key.created"
    RETENTION = Retention.PROFILE

    key_id: UUID
    organization_id: UUID
    owner_id: UUID
    name: Code
    roles: tuple[Code, ...]
    scopes: tuple[Code, ...]
    credential_id: UUID
    prefix: Code
    expires_at: datetime


class ApiKeyRotated(DomainEvent, frozen=True, kw_only=True):
    """It has one more secret; the one before it lasts no longer than ``previous_until``."""

    TOPIC = "identity.api_key.rotated"
    RETENTION = Retention.PROFILE

    key_id: UUID
    credential_id: UUID
    prefix: Code
    expires_at: datetime
    previous_id: UUID
    previous_until: datetime
    rotated_by: UUID


class ApiKeyReminded(DomainEvent, frozen=True, kw_only=True):
    """Its owner was reminded, as of ``due_at``, that the newest secret is old."""

    TOPIC = "identity.api_key.reminded"
    RETENTION = Retention.PROFILE

    key_id: UUID
    credential_id: UUID
    due_at: datetime


class ApiKeyRevoked(DomainEvent, frozen=True, kw_only=True):
    """None of its secrets opens anything any more."""

    TOPIC = "identity.api_key.revoked"
    RETENTION = Retention.PROFILE

    key_id: UUID
    revoked_by: UUID
