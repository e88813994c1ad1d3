"""The facts of a session: one device of one user, signed in."""

from uuid import UUID

from domain.identity.events.withdrawal import Withdrawal
from domain.identity.kinds import Method, SessionEnd
from domain.kernel.event import DomainEvent, Retention, Sealed


class SessionOpened(DomainEvent, frozen=True, kw_only=True):
    """Someone signed in, into one organisation."""

    TOPIC = "identity.session.opened"
    SUBJECT = "user_id"
    RETENTION = Retention.PROFILE

    session_id: UUID
    user_id: UUID
    organization_id: UUID
    methods: tuple[Method, ...]
    client: Sealed[str | None] = None
    address: Sealed[str | None] = None


class SessionSteppedUp(DomainEvent, frozen=True, kw_only=True):
    """The user proved once more who they are."""

    TOPIC = "identity.session.stepped_up"
    SUBJECT = "user_id"
    RETENTION = Retention.PROFILE

    session_id: UUID
    user_id: UUID
    methods: tuple[Method, ...]


class SessionMoved(DomainEvent, frozen=True, kw_only=True):
    """The user acts in another of their organisations from now on."""

    TOPIC = "identity.session.moved"
    SUBJECT = "user_id"
    RETENTION = Retention.PROFILE

    session_id: UUID
    user_id: UUID
    organization_id: UUID


class SessionEnded(Withdrawal, frozen=True, kw_only=True):
    """The session's tokens are not believed any more."""

    TOPIC = "identity.session.ended"
    SUBJECT = "user_id"

    session_id: UUID
    user_id: UUID
    reason: SessionEnd
