"""The quota of one period: used + remaining = included, whatever is booked and released in which order."""

from typing import NamedTuple
from uuid import UUID


class Taken(NamedTuple):
    """An appointment booked on a subscription, and the period it was booked in."""

    appointment_type: str
    period: int


class Quota:
    """Counts appointments against ``included`` (None: unlimited) in the current ``period``.

    ``taken`` holds every appointment booked and not released, also of earlier periods: releasing one of those is
    possible once, and gives nothing back to the current period.
    """

    __slots__ = ("included", "period", "taken", "used")

    def __init__(self, included: int | None, period: int) -> None:
        self.included = included
        self.period = period
        self.used = 0
        self.taken: dict[UUID, Taken] = {}

    def take(self, appointment_id: UUID, appointment_type: str, period: int, used: int) -> None:
        """Count an appointment; ``used`` is the count after it."""
        self.taken[appointment_id] = Taken(appointment_type, period)
        self.used = used

    def give_back(self, appointment_id: UUID, used: int) -> None:
        """Forget an appointment; ``used`` is the count after it."""
        del self.taken[appointment_id]
        self.used = used

    def begin(self, period: int) -> None:
        """Start a period with nothing used."""
        self.period = period
        self.used = 0

    def used_without(self, appointment_id: UUID) -> int:
        """Return how many of this period are used once the appointment is released."""
        return self.used - (self.taken[appointment_id].period == self.period)

    def left_after(self, used: int) -> int | None:
        """Return what is left when ``used`` are used; None when unlimited."""
        return None if self.included is None else self.included - used

    @property
    def remaining(self) -> int | None:
        """How many are left in this period; None when unlimited."""
        return self.left_after(self.used)

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left."""
        return self.included is not None and self.used >= self.included
