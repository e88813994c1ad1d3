"""The facts of a membership: what one user is in one organisation. Each says the roles held from then on."""

from datetime import datetime
from uuid import UUID

from domain.identity.events.withdrawal import Withdrawal
from domain.identity.kinds import MembershipEnd
from domain.kernel.classes import Code
from domain.kernel.event import DomainEvent, Retention


class MemberJoined(DomainEvent, frozen=True, kw_only=True):
    """A user belongs to the organisation now, or again. ``primary``: the role they are known by."""

    TOPIC = "identity.membership.joined"
    SUBJECT = "user_id"
    RETENTION = Retention.PROFILE

    organization_id: UUID
    user_id: UUID
    roles: tuple[Code, ...]
    primary: Code
    given_by: UUID
    invitation_id: UUID | None = None


class RoleAssigned(Withdrawal, frozen=True, kw_only=True):
    """The member holds a role, until ``expires_at`` where one is given; tokens are renewed to have it."""

    TOPIC = "identity.membership.role_assigned"
    SUBJECT = "user_id"

    organization_id: UUID
    user_id: UUID
    role: Code
    expires_at: datetime | None = None
    given_by: UUID
    roles: tuple[Code, ...]
    primary: Code


class RoleRevoked(Withdrawal, frozen=True, kw_only=True):
    """The member does not hold a role any more."""

    TOPIC = "identity.membership.role_revoked"
    SUBJECT = "user_id"

    organization_id: UUID
    user_id: UUID
    role: Code
    revoked_by: UUID
    roles: tuple[Code, ...]
    primary: Code | None


class RoleExpired(Withdrawal, frozen=True, kw_only=True):
    """The time is up for which the member held a role."""

    TOPIC = "identity.membership.role_expired"
    SUBJECT = "user_id"

    organization_id: UUID
    user_id: UUID
    role: Code
    roles: tuple[Code, ...]
    primary: Code | None


class MembershipEnded(Withdrawal, frozen=True, kw_only=True):
    """The user does not belong to the organisation any more. ``roles``: those that ended with it."""

    TOPIC = "identity.membership.ended"
    SUBJECT = "user_id"

    organization_id: UUID
    user_id: UUID
    how: MembershipEnd
    ended_by: UUID
    roles: tuple[Code, ...]
