"""Events after which tokens made before are not believed any more."""

from domain.kernel.event import DomainEvent, Retention


class Withdrawal(DomainEvent, frozen=True, kw_only=True):
    """Once one is recorded, every process refuses the older tokens that rest on its stream, within five seconds.

    A token rests on its session, its user and its membership, and says up to which version of each it was made: that is
    its epoch. An event of this kind at a later version ends it. Nothing else has to be told.
    """

    RETENTION = Retention.PROFILE
