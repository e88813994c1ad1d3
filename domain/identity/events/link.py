"""The facts of an identity that somebody has elsewhere, and that leads to their account here."""

from uuid import UUID

from domain.identity.events.withdrawal import Withdrawal
from domain.identity.kinds import LinkEnd
from domain.kernel.classes import Code
from domain.kernel.event import DomainEvent, Retention, Sealed


class UserLinked(DomainEvent, frozen=True, kw_only=True):
    """Whoever signs in as this subject of this issuer is the user. ``link_id`` is a keyed hash of the two."""

    TOPIC = "identity.user.linked"
    SUBJECT = "user_id"
    RETENTION = Retention.PROFILE

    user_id: UUID
    link_id: UUID
    provider: Code
    issuer: Code
    subject: Sealed[str]


class UserUnlinked(Withdrawal, frozen=True, kw_only=True):
    """The identity leads here no more; whoever was signed in is asked to renew their token."""

    TOPIC = "identity.user.unlinked"
    SUBJECT = "user_id"

    user_id: UUID
    link_id: UUID
    reason: LinkEnd
