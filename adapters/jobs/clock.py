"""The clock: one leader moves what is due to the queue, sends again what got lost on the way, and does its duties."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import structlog

from adapters.jobs import effects
from adapters.jobs.effects import Sent
from adapters.jobs.queue import QueueAway

LEASE_SECONDS = 5
LONGEST_SLEEP, SHORTEST_SLEEP = 1.0, 0.005
BATCH = 500
log = structlog.get_logger("clock")
Duty = Callable[[datetime], object]
"""What the leader does about once a second; one that fails holds up nothing else."""

_LEAD = b"""INSERT INTO effects.leader (holder, lease_until)
    VALUES (%(me)s, clock_timestamp() + make_interval(secs => %(lease)s))
    ON CONFLICT (one) DO UPDATE SET holder = EXCLUDED.holder, lease_until = EXCLUDED.lease_until
    WHERE effects.leader.holder = EXCLUDED.holder OR effects.leader.lease_until < clock_timestamp()
    RETURNING holder"""
_RESIGN = b"DELETE FROM effects.leader WHERE holder = %s"


class Clock:
    """One candidate. Whoever holds the lease leads; when it stops renewing, another takes over within five seconds.

    A candidate that lost its connection goes on under the name it had (``me``), and need not wait for its own lease.
    """

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        send: Callable[[Sent], None],
        duties: Sequence[Duty] = (),
        me: UUID | None = None,
    ) -> None:
        self._connection = connection
        self._send = send
        self._duties = duties
        self._me = me or uuid4()
        self._away = False

    def tick(self, now: datetime) -> int | None:
        """Send what is due if we lead; return how much was sent, or None when another one leads.

        A row is marked before it is sent and the mark is committed after: a leader killed in between sends it again,
        and the worker, which acts once per key, makes nothing of the second. While the queue is away nothing is marked,
        and whoever leads goes on leading.
        """
        with self._connection.transaction():
            if self._connection.execute(_LEAD, {"me": self._me, "lease": LEASE_SECONDS}).fetchone() is None:
                return None
            try:
                with self._connection.transaction():
                    count = self._send_due(now)
            except QueueAway:
                self._told_away(away=True)
                return 0
            self._told_away(away=False)
            return count

    def _send_due(self, now: datetime) -> int:
        batch = effects.take_due(self._connection, now, BATCH) + effects.take_lost(self._connection, BATCH)
        for sent in batch:
            self._send(sent)
        return len(batch)

    def _told_away(self, *, away: bool) -> None:
        if away is not self._away:
            self._away = away
            log.warning("clock.queue.lost" if away else "clock.queue.found")

    def run(self, wake: threading.Event, stop: threading.Event) -> None:
        """Tick until ``stop``: when woken, when the next effect is due, and at least every second."""
        leading = False
        while not stop.is_set():
            now = datetime.now(UTC)
            sent = self.tick(now)
            if leading is not (sent is not None):
                leading = sent is not None
                log.info("clock.leader.changed", leading=leading)
            if sent is not None:
                self._do_duties(now)
            if sent != BATCH:
                wake.wait(self._sleep(now) if leading else LONGEST_SLEEP)
                wake.clear()
        self.resign()

    def resign(self) -> None:
        """Give the lease back."""
        self._connection.execute(_RESIGN, (self._me,))

    def _do_duties(self, now: datetime) -> None:
        for duty in self._duties:
            try:
                duty(now)
            except psycopg.OperationalError:
                raise
            except Exception as error:
                log.error("clock.duty.failed", error=type(error).__name__)

    def _sleep(self, now: datetime) -> float:
        due = None if self._away else effects.next_due(self._connection)
        if due is None:
            return LONGEST_SLEEP
        return min(LONGEST_SLEEP, max(SHORTEST_SLEEP, (due - now).total_seconds()))
