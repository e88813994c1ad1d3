"""The same facts and the same projection by the stock library, in its own idiom: what ours is held against."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate, DomainEventProtocol
from eventsourcing.persistence import StoredEvent, Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL

TIMEOUT = 600.0


class Appointment(Aggregate):
    """The library's kind of aggregate."""

    class Booked(Aggregate.Created):
        """The first fact."""

        tenant_id: UUID
        patient_id: UUID
        practitioner_id: UUID
        starts: datetime
        minutes: int
        type: str

    class Confirmed(Aggregate.Event):
        """The second."""

        patient_id: UUID

        def apply(self, aggregate: "Appointment") -> None:
            """It stands."""
            aggregate.status = "confirmed"

    class Rescheduled(Aggregate.Event):
        """The third."""

        patient_id: UUID
        practitioner_id: UUID
        starts: datetime
        minutes: int

        def apply(self, aggregate: "Appointment") -> None:
            """Another time."""
            aggregate.practitioner_id, aggregate.starts = self.practitioner_id, self.starts
            aggregate.minutes = self.minutes

    class Completed(Aggregate.Event):
        """The fourth."""

        patient_id: UUID
        completed_at: datetime

        def apply(self, aggregate: "Appointment") -> None:
            """It took place."""
            aggregate.status = "completed"

    def __init__(
        self, tenant_id: UUID, patient_id: UUID, practitioner_id: UUID, starts: datetime, minutes: int, type: str
    ) -> None:
        self.tenant_id = tenant_id
        self.patient_id = patient_id
        self.practitioner_id = practitioner_id
        self.starts = starts
        self.minutes = minutes
        self.type = type
        self.status = "booked"


CLASSES: Mapping[str, Any] = {
    "booked": Appointment.Booked,
    "confirmed": Appointment.Confirmed,
    "rescheduled": Appointment.Rescheduled,
    "completed": Appointment.Completed,
}


class Appointments(Application[UUID]):
    """The library's application: mapper and recorder."""


class Schedule(PostgresTrackingRecorder):
    """The rows, written in the transaction of their tracking."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self.sql_create_statements.append(SQL(
            """CREATE TABLE IF NOT EXISTS stock_schedule (
                tenant_id uuid, appointment_id uuid, version integer, practitioner_id uuid, patient_id uuid, day date,
                starts timestamptz, minutes integer, type text, status text, PRIMARY KEY (tenant_id, appointment_id));
            CREATE UNIQUE INDEX IF NOT EXISTS stock_schedule_id ON stock_schedule (appointment_id);
            CREATE INDEX IF NOT EXISTS stock_schedule_day ON stock_schedule (tenant_id, practitioner_id, day, starts)"""
        ).format())  # fmt: skip

    def write(self, statement: bytes, values: tuple[object, ...], tracking: Tracking) -> None:
        """Run one statement and keep the place, both or neither."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(statement, values, prepare=True)


class ScheduleProjection(Projection[Schedule]):
    """A method per event, as the library's manual has it."""

    name = "schedule"

    @singledispatchmethod
    def process_event(self, domain_event: DomainEventProtocol[UUID], tracking: Tracking) -> None:
        """Only the place moves on."""
        self.view.insert_tracking(tracking)

    @process_event.register
    def _booked(self, event: Appointment.Booked, tracking: Tracking) -> None:
        self.view.write(
            b"INSERT INTO stock_schedule VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 'booked')",
            (event.tenant_id, event.originator_id, event.originator_version, event.practitioner_id, event.patient_id,
             event.starts.date(), event.starts, event.minutes, event.type), tracking,
        )  # fmt: skip

    @process_event.register
    def _rescheduled(self, event: Appointment.Rescheduled, tracking: Tracking) -> None:
        self.view.write(
            b"""UPDATE stock_schedule SET version = %s, practitioner_id = %s, day = %s, starts = %s, minutes = %s
                WHERE appointment_id = %s""",
            (event.originator_version, event.practitioner_id, event.starts.date(), event.starts, event.minutes,
             event.originator_id), tracking,
        )  # fmt: skip

    @process_event.register
    def _confirmed(self, event: Appointment.Confirmed, tracking: Tracking) -> None:
        self._status("confirmed", event, tracking)

    @process_event.register
    def _completed(self, event: Appointment.Completed, tracking: Tracking) -> None:
        self._status("completed", event, tracking)

    def _status(self, status: str, event: Aggregate.Event, tracking: Tracking) -> None:
        statement = b"UPDATE stock_schedule SET version = %s, status = %s WHERE appointment_id = %s"
        self.view.write(statement, (event.originator_version, status, event.originator_id), tracking)


def environment(url: str) -> dict[str, str]:
    """Return the library's settings for a database."""
    to = psycopg.conninfo.conninfo_to_dict(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(to["dbname"]),
        "POSTGRES_HOST": str(to["host"]),
        "POSTGRES_PORT": str(to["port"]),
        "POSTGRES_USER": str(to["user"]),
        "POSTGRES_PASSWORD": str(to.get("password") or ""),
    }


def domain_event(tenant_id: UUID, stream_id: UUID, version: int, told: str, facts: Mapping[str, Any]) -> Any:
    """Return a fact as the library's event; ``facts`` are those of ours, decoded from JSON."""
    given: dict[str, Any] = {name: fact for name, fact in facts.items() if name != "day"}
    for name in ("patient_id", "practitioner_id"):
        if name in given:
            given[name] = UUID(given[name])
    for name in ("starts", "completed_at"):
        if name in given:
            given[name] = datetime.fromisoformat(given[name])
    if told == "booked":
        given |= {"tenant_id": tenant_id, "originator_topic": f"{__name__}:Appointment"}
    return CLASSES[told](originator_id=stream_id, originator_version=version, timestamp=datetime.now(UTC), **given)


def stored(app: Appointments, events: Iterable[Any]) -> list[StoredEvent]:
    """Return events as the library stores them."""
    return [app.mapper.to_stored_event(event) for event in events]


@contextmanager
def application(url: str) -> Iterator[Appointments]:
    """Open the library's application."""
    app = Appointments(env=environment(url))
    try:
        yield app
    finally:
        app.close()


def catch_up(url: str, last: int) -> None:
    """Run the library's projection until it has processed notification ``last``."""
    with ProjectionRunner(
        application_class=Appointments, projection_class=ScheduleProjection, view_class=Schedule,
        env={**os.environ, **environment(url)},
    ) as runner:  # fmt: skip
        runner.wait(last, timeout=TIMEOUT)
