"""An invitation: someone is asked, at an address, to join an organisation; the link is good for seven days."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from domain.identity.events import InvitationEnded, InvitationMade
from domain.identity.giving import known
from domain.identity.kinds import InvitationEnd
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.errors import IllegalTransition, Kind, Refused

LIFE = timedelta(days=7)
SCOPE = "invitation"


class AlreadyInvited(IllegalTransition):
    """An invitation to this address is open."""

    code = "already-invited"


class InvitationOver(Refused):
    """The invitation is answered, taken back, or too old."""

    code = "invitation-over"
    kind = Kind.GONE


class Invitation(Aggregate):
    """``how``: how it ended, once it has."""

    NAME: ClassVar[str] = "invitation"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.organization_id: UUID
        self.roles: tuple[str, ...] = ()
        self.invited_by: UUID
        self.expires_at: datetime
        self.how: InvitationEnd | None = None

    def make(self, *, organization_id: UUID, email: str, roles: Sequence[str], invited_by: UUID, now: datetime) -> None:
        """Ask someone to join. Raises IllegalTransition, UnknownRole."""
        if self.version:
            raise IllegalTransition("This invitation is there already.", id=str(self.id))
        self.record(
            InvitationMade(
                invitation_id=self.id, organization_id=organization_id, roles=known(roles), invited_by=invited_by,
                expires_at=now + LIFE, email=email,
            )
        )  # fmt: skip

    def end(self, how: InvitationEnd, *, now: datetime, by: UUID | None = None) -> None:
        """Accept, decline or take it back while it is open. Raises InvitationOver."""
        if not self.open(now):
            raise InvitationOver("This invitation is over: ask for another.", how=self.how or InvitationEnd.EXPIRED)
        self.record(InvitationEnded(invitation_id=self.id, organization_id=self.organization_id, how=how, ended_by=by))

    def expire(self, now: datetime) -> None:
        """Note that its time is up. Before that, or once it has ended, nothing happens."""
        if self.how is None and now >= self.expires_at:
            expired = InvitationEnd.EXPIRED
            self.record(InvitationEnded(invitation_id=self.id, organization_id=self.organization_id, how=expired))

    @evolves
    def _on_made(self, event: InvitationMade) -> None:
        self.organization_id = event.organization_id
        self.roles = event.roles
        self.invited_by = event.invited_by
        self.expires_at = event.expires_at

    @evolves
    def _on_ended(self, event: InvitationEnded) -> None:
        self.how = event.how

    def open(self, now: datetime) -> bool:
        """Whether it can be answered at ``now``."""
        return bool(self.version) and self.how is None and now < self.expires_at
