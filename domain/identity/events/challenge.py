"""The facts of a one-time code. Whose e-mail address was typed is not among them: that may be nobody's."""

from uuid import UUID

from domain.identity.kinds import Purpose
from domain.kernel.event import DomainEvent, Retention


class ChallengeRequested(DomainEvent, frozen=True, kw_only=True):
    """Someone typed an e-mail address and asked for a code to be sent there, if that is for anybody."""

    TOPIC = "identity.challenge.requested"
    RETENTION = Retention.PROFILE

    challenge_id: UUID
    purpose: Purpose


class ChallengeMet(DomainEvent, frozen=True, kw_only=True):
    """The code was given back: whoever did reads the user's mail."""

    TOPIC = "identity.challenge.met"
    SUBJECT = "user_id"
    RETENTION = Retention.PROFILE

    challenge_id: UUID
    user_id: UUID
    purpose: Purpose
