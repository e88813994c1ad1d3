"""The facts of an invitation. Who is invited lies sealed under the invitation's own key: they may be nobody here."""

from datetime import datetime
from uuid import UUID

from domain.identity.kinds import InvitationEnd
from domain.kernel.classes import Code
from domain.kernel.event import DomainEvent, Retention, Sealed


class InvitationMade(DomainEvent, frozen=True, kw_only=True):
    """Someone is asked to join; a link goes to their address."""

    TOPIC = "identity.invitation.made"
    SUBJECT = "invitation_id"
    RETENTION = Retention.PROFILE

    invitation_id: UUID
    organization_id: UUID
    roles: tuple[Code, ...]
    invited_by: UUID
    expires_at: datetime
    email: Sealed[str]


class InvitationEnded(DomainEvent, frozen=True, kw_only=True):
    """It is answered, taken back, or too old. ``ended_by``: the user who did it, where it was one."""

    TOPIC = "identity.invitation.ended"
    SUBJECT = "invitation_id"
    RETENTION = Retention.PROFILE

    invitation_id: UUID
    organization_id: UUID
    how: InvitationEnd
    ended_by: UUID | None = None
