"""Events after which tokens made before are not believed any more."""

from typing import ClassVar

from domain.kernel.event import DomainEvent, Retention


class Withdrawal(DomainEvent, frozen=True, kw_only=True):
    """Once one is recorded, every process refuses the older tokens it speaks of, within five seconds.

    ``WITHDRAWS`` names the field that says whose: ``session_id`` for one session; ``user_id`` for what a user may do in
    the event's tenant, or, in the platform's own, everywhere. A token is older when it knows the log only up to a
    position before the event's.
    """

    RETENTION = Retention.PROFILE
    WITHDRAWS: ClassVar[str]
