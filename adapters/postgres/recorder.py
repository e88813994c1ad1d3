"""The library's recorder interface over the one SQL door, synchronous: for tools and the library's own contract."""

from collections.abc import Sequence
from threading import Event
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import (
    ApplicationRecorder,
    DataError,
    IntegrityError,
    Notification,
    OperationalError,
    StoredEvent,
    Subscription,
)
from psycopg_pool import ConnectionPool

from adapters.codec.mapper import StoredRow
from adapters.postgres.batch import APPEND, Written, documents

NO_TENANT = UUID(int=0)
POLL_SECONDS = 0.02
_COLUMNS = """stream_id, version, type, data::text, tenant_id, schema_version, sealed, key_id, subject_id, meta::text,
    position, recorded_at"""


class PostgresRecorder(ApplicationRecorder):
    """Records rows of ours (StoredRow) and plain library events, whose opaque state is kept as it is in ``sealed``."""

    def __init__(self, pool: ConnectionPool[Any], *, positions: bool = True) -> None:
        self._pool = pool
        self._positions = positions

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Append all or none; return their positions. Raises IntegrityError on a version that is taken."""
        if not stored_events:
            return [] if self._positions else None
        rows = [event if isinstance(event, StoredRow) else _opaque(event) for event in stored_events]
        written = Written(rows[0].tenant_id, None, None, b"", "null", rows, (), ())
        try:
            with self._pool.connection() as connection:
                found = connection.execute(APPEND, documents([written]), prepare=True, binary=True).fetchone()
        except psycopg.DataError as error:
            raise DataError(type(error).__name__) from error
        except psycopg.OperationalError as error:
            raise OperationalError(type(error).__name__) from error
        if found is None or found[3] is None:
            raise IntegrityError(f"refused: {found[1] if found else 'no answer'}")
        return list(range(found[3] - len(rows) + 1, found[3] + 1)) if self._positions else None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return a stream's rows between two versions."""
        order = "DESC" if desc else "ASC"
        statement = f"""SELECT {_COLUMNS} FROM event_store.events
            WHERE stream_id = %s AND (%s::int IS NULL OR version > %s) AND (%s::int IS NULL OR version <= %s)
            ORDER BY version {order} LIMIT %s"""
        return [_stored(row) for row in self._rows(statement, (originator_id, gt, gt, lte, lte, limit))]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return the next rows of the feed; none that could still be preceded by another."""
        first = 0 if start is None else start if inclusive_of_start else start + 1
        statement = f"""SELECT {_COLUMNS} FROM event_store.events
            WHERE position >= %s AND position <= %s AND (%s::bigint IS NULL OR position <= %s)
                AND (cardinality(%s::text[]) = 0 OR type = ANY(%s)) ORDER BY position LIMIT %s"""
        settled = self._rows("SELECT event_store.settled_position()", ())[0][0]
        rows = self._rows(statement, (first, settled, stop, stop, list(topics), list(topics), limit))
        return [_notification(row) for row in rows]

    def max_notification_id(self) -> int | None:
        """Return the last position there is, or None."""
        found: int | None = self._rows("SELECT max(position) FROM event_store.events", ())[0][0]
        return found

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> "PostgresSubscription":
        """Return an iterator over the feed that waits for more."""
        return PostgresSubscription(self, gt, topics)

    def _rows(self, statement: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._pool.connection() as connection:
            rows: list[tuple[Any, ...]] = connection.execute(
                statement.encode(), parameters, prepare=True, binary=True
            ).fetchall()
            return rows


class PostgresSubscription(Subscription[ApplicationRecorder]):
    """Polls the feed; ``stop`` ends the iteration at once."""

    def __init__(self, recorder: ApplicationRecorder, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder, gt, topics)
        self._waiting: list[Notification] = []
        self._stopped = Event()

    def stop(self) -> None:
        """Stop the subscription."""
        super().stop()
        self._stopped.set()

    def __next__(self) -> Notification:
        while not self._stopped.is_set():
            if not self._waiting:
                found = self._recorder.select_notifications(
                    self._last_notification_id, 500, topics=self._topics, inclusive_of_start=False
                )
                self._waiting = list(reversed(found))
            if self._waiting:
                notification = self._waiting.pop()
                self._last_notification_id = notification.id
                return notification
            self._stopped.wait(POLL_SECONDS)
        raise StopIteration


def _opaque(event: StoredEvent) -> StoredRow:
    return StoredRow(
        event.originator_id, event.originator_version, event.topic, b"{}", NO_TENANT, 1, event.state, None, None, "{}"
    )


def _stored(row: tuple[Any, ...]) -> StoredEvent:
    stream, version, topic, data, tenant, schema, sealed, key_id, subject, meta, position, at = row
    if tenant == NO_TENANT:
        return StoredEvent(stream, version, topic, sealed)
    state = data.encode()
    return StoredRow(stream, version, topic, state, tenant, schema, sealed, key_id, subject, meta, position, at)


def _notification(row: tuple[Any, ...]) -> Notification:
    event = _stored(row)
    return Notification(event.originator_id, event.originator_version, event.topic, event.state, row[10])
