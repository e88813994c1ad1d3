"""Hands checkpoints out: what was not taken is offered again for ever, later each time, and holds up nobody."""

import threading
from typing import Any

import psycopg
import structlog

from application.ports.anchor import Anchor, SignedCheckpoint

BATCH, POLL_SECONDS = 20, 1.0
#: Whoever takes a delivery and dies has held it for so long.
TAKEN_SECONDS, LONGEST_WAIT = 60, 300
log = structlog.get_logger("merkle")

_TAKE = b"""UPDATE merkle.deliveries d
    SET attempts = d.attempts + 1, due_at = clock_timestamp() + make_interval(secs => %(taken)s)
    FROM (SELECT anchor, kind, tenant_id, size FROM merkle.deliveries
          WHERE anchor = %(anchor)s AND due_at <= clock_timestamp()
          ORDER BY due_at, kind, tenant_id, size LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS due
    JOIN merkle.checkpoints c USING (kind, tenant_id, size)
    WHERE (d.anchor, d.kind, d.tenant_id, d.size) = (due.anchor, due.kind, due.tenant_id, due.size)
    RETURNING d.kind, d.tenant_id, d.size, c.position, c.note, d.attempts"""
_DONE = b"DELETE FROM merkle.deliveries WHERE (anchor, kind, tenant_id, size) = (%s, %s, %s, %s)"
_LATER = b"""UPDATE merkle.deliveries SET error = %s, due_at = clock_timestamp() + make_interval(secs => %s)
    WHERE (anchor, kind, tenant_id, size) = (%s, %s, %s, %s)"""


class Deliveries:
    """The deliveries to one anchor."""

    def __init__(self, connection: psycopg.Connection[Any], anchor: Anchor) -> None:
        self._connection = connection
        self._anchor = anchor

    def once(self) -> int:
        """Hand over what is due; return how many deliveries were taken up."""
        given = {"anchor": self._anchor.name, "taken": TAKEN_SECONDS, "limit": BATCH}
        rows = self._connection.execute(_TAKE, given).fetchall()
        for *facts, attempts in sorted(rows):
            self._hand_over(SignedCheckpoint(*facts), attempts)
        return len(rows)

    def run(self, stop: threading.Event) -> None:
        """Hand over what is due until ``stop``."""
        while not stop.is_set():
            if self.once() < BATCH:
                stop.wait(POLL_SECONDS)

    def _hand_over(self, checkpoint: SignedCheckpoint, attempts: int) -> None:
        place = (self._anchor.name, checkpoint.kind, checkpoint.tenant_id, checkpoint.size)
        try:
            self._anchor.receive(checkpoint)
        except psycopg.OperationalError:
            raise
        except Exception as error:
            kind = type(error).__name__
            log.warning("merkle.delivery.failed", anchor=place[0], tenant_id=str(place[2]), error=kind)
            self._connection.execute(_LATER, (kind, min(LONGEST_WAIT, 2 ** min(attempts, 9)), *place))
        else:
            self._connection.execute(_DONE, place)
