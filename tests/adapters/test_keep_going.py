"""What goes on for ever: it waits longer each time a server is away, and forgets about it once it has worked."""

import threading
from time import monotonic

import psycopg

from adapters.keep_going import WAITS, persist


class Work:
    """Work whose ``n``-th beginning ends after ``seconds[n]`` by the loss of the database; the last one returns."""

    def __init__(self, *seconds: float) -> None:
        self._left = list(seconds)
        self.began: list[float] = []
        self.ended: list[float] = []

    def __call__(self) -> None:
        self.began.append(monotonic())
        if not self._left:
            return
        threading.Event().wait(self._left.pop(0))
        self.ended.append(monotonic())
        raise psycopg.OperationalError

    @property
    def waits(self) -> list[float]:
        """Seconds between each loss and the next beginning."""
        return [began - ended for ended, began in zip(self.ended, self.began[1:], strict=True)]


class TestPersist:
    def test_waits_longer_each_time_the_database_is_away(self) -> None:
        work = Work(0, 0, 0)
        persist(work, threading.Event(), "test")
        assert all(waited >= wait for waited, wait in zip(work.waits, WAITS, strict=False))

    def test_begins_with_the_shortest_wait_again_once_it_has_worked(self) -> None:
        work = Work(0, 0, 0, WAITS[-1] + 0.1)
        persist(work, threading.Event(), "test")
        assert work.waits[-1] < WAITS[3]
