"""A circuit breaker: who fails several times in a row is left alone for a while, then tried by one caller at a time
(purgatory lets all who wait through at once, and each would wait for a time-out)."""

from collections.abc import Callable
from time import monotonic

FAILURES, REST_SECONDS = 3, 5.0


class Breaker:
    """Closed until ``failures`` in a row, then open for ``seconds``; after that one try decides.

    Every try that :meth:`allows` says yes to ends with :meth:`succeeded` or :meth:`failed`.
    """

    def __init__(
        self, failures: int = FAILURES, seconds: float = REST_SECONDS, clock: Callable[[], float] = monotonic
    ) -> None:
        self._most = failures
        self._seconds = seconds
        self._clock = clock
        self._failures = 0
        self._again_at = 0.0

    @property
    def open(self) -> bool:
        """Whether the last tries failed, so that none, or only one at a time, is made."""
        return self._failures >= self._most

    def resting(self) -> bool:
        """Whether no try is made now; asking this does not use one up."""
        return self.open and self._clock() < self._again_at

    def allows(self) -> bool:
        """Whether to try now. Of those who ask once the rest is over one is let through, and another after the next."""
        if not self.open:
            return True
        now = self._clock()
        if now < self._again_at:
            return False
        self._again_at = now + self._seconds
        return True

    def succeeded(self) -> None:
        """Note that it answered."""
        self._failures = 0

    def failed(self) -> None:
        """Note that it did not."""
        self._failures += 1
        if self._failures == self._most:
            self._again_at = self._clock() + self._seconds
