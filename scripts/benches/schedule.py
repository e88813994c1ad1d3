"""What the projection bench projects: appointments told in four facts each, and the rows of a day's schedule."""

from datetime import date, datetime
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import psycopg

from adapters.codec.codec import Codec
from domain.kernel.event import DomainEvent
from domain.kernel.recorded import Recorded
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows, Table

TABLE = Table("bench_schedule", ("tenant_id", "appointment_id"))
SCHEMA = Path(__file__).with_name("schedule.sql")
FACTS, TENANTS = 4, 8


class AppointmentFact(DomainEvent, frozen=True, kw_only=True):
    """About a patient."""

    SUBJECT: ClassVar[str | None] = "patient_id"
    patient_id: UUID


class Booked(AppointmentFact, frozen=True, kw_only=True):
    """The first fact."""

    TOPIC: ClassVar[str] = "bench.appointment.booked"
    practitioner_id: UUID
    starts: datetime
    day: date
    minutes: int
    type: str


class Confirmed(AppointmentFact, frozen=True, kw_only=True):
    """The second."""

    TOPIC: ClassVar[str] = "bench.appointment.confirmed"


class Rescheduled(AppointmentFact, frozen=True, kw_only=True):
    """The third."""

    TOPIC: ClassVar[str] = "bench.appointment.rescheduled"
    practitioner_id: UUID
    starts: datetime
    day: date
    minutes: int


class Completed(AppointmentFact, frozen=True, kw_only=True):
    """The fourth."""

    TOPIC: ClassVar[str] = "bench.appointment.completed"
    completed_at: datetime


CODEC = Codec({event.TOPIC: event for event in (Booked, Confirmed, Rescheduled, Completed)})


def booked(rows: Rows, event: Booked, recorded: Recorded) -> None:
    """A row appears."""
    values = {
        "version": recorded.version, "practitioner_id": event.practitioner_id, "patient_id": event.patient_id,
        "day": event.day, "starts": event.starts, "minutes": event.minutes, "type": event.type, "status": "booked",
    }  # fmt: skip
    rows.insert(TABLE.name, (recorded.tenant_id, recorded.stream_id), values)


def confirmed(rows: Rows, event: Confirmed, recorded: Recorded) -> None:
    """It stands."""
    _changed(rows, recorded, {"status": "confirmed"})


def rescheduled(rows: Rows, event: Rescheduled, recorded: Recorded) -> None:
    """Another time, perhaps another practitioner."""
    _changed(rows, recorded, {"practitioner_id": event.practitioner_id, "day": event.day, "starts": event.starts,
                              "minutes": event.minutes})  # fmt: skip


def completed(rows: Rows, event: Completed, recorded: Recorded) -> None:
    """It took place."""
    _changed(rows, recorded, {"status": "completed"})


def _changed(rows: Rows, recorded: Recorded, values: dict[str, object]) -> None:
    rows.change(TABLE.name, (recorded.tenant_id, recorded.stream_id), {**values, "version": recorded.version})


READ_MODEL = ReadModel(
    name=TABLE.name,
    tables=(TABLE,),
    on={Booked: booked, Confirmed: confirmed, Rescheduled: rescheduled, Completed: completed},
    schema=SCHEMA,
)

# Every stream's facts lie scattered over the whole log, in the order of its versions.
_SEED = """
INSERT INTO event_store.events
SELECT row_number() OVER (ORDER BY at), tenant, stream, version,
    'bench.appointment.' || (ARRAY['booked', 'confirmed', 'rescheduled', 'completed'])[version], 1,
    (CASE version
        WHEN 2 THEN format('{"patient_id":"%%s"}', patient)
        WHEN 4 THEN format('{"patient_id":"%%s","completed_at":"%%s"}', patient, told)
        ELSE format('{"patient_id":"%%s","practitioner_id":"%%s","starts":"%%s","day":"%%s","minutes":%%s%%s}', patient,
            practitioner, told, moved::date, 30 + version, CASE version WHEN 1 THEN ',"type":"initial"' ELSE '' END)
    END)::json,
    NULL, NULL, patient,
    format('{"actor":"%%s","correlation_id":"%%s","command_id":"%%s"}', tenant, stream, patient)::json, now()
FROM (
    SELECT *, starts + version * interval '1 day' AS moved,
        to_char(starts + version * interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS told
    FROM (
        SELECT a.*, b.at, row_number() OVER (PARTITION BY stream ORDER BY b.at)::int AS version
        FROM (
            SELECT {new_id}() AS stream, lpad(to_hex(g %% %(tenants)s), 32, '0')::uuid AS tenant,
                md5('patient' || g %% 2000)::uuid AS patient, md5('practitioner' || g %% 40)::uuid AS practitioner,
                timestamptz '2026-01-01' + g %% 20000 * interval '15 minutes' AS starts
            FROM generate_series(1, %(streams)s) g
        ) a, LATERAL (SELECT random() AS at FROM generate_series(1, 4) WHERE stream IS NOT NULL OFFSET 0) b
    ) told
) facts
"""

#: The same rows by one statement, as one would write it who has only SQL: the facts of a stream folded by aggregates,
#: or the last facts of each kind joined. Both hold for any number of facts in any order.
STATEMENTS = {
    "folded": """
        INSERT INTO bench_schedule
        SELECT tenant_id, stream_id, max(version),
            (array_agg(data ->> 'practitioner_id' ORDER BY version DESC) FILTER (WHERE placed))[1]::uuid,
            (array_agg(data ->> 'patient_id' ORDER BY version DESC) FILTER (WHERE placed))[1]::uuid,
            (array_agg(data ->> 'day' ORDER BY version DESC) FILTER (WHERE placed))[1]::date,
            (array_agg(data ->> 'starts' ORDER BY version DESC) FILTER (WHERE placed))[1]::timestamptz,
            (array_agg(data ->> 'minutes' ORDER BY version DESC) FILTER (WHERE placed))[1]::integer,
            max(data ->> 'type'),
            (array_agg(told ORDER BY version DESC) FILTER (WHERE told <> 'rescheduled'))[1]
        FROM (
            SELECT *, type IN ('bench.appointment.booked', 'bench.appointment.rescheduled') AS placed,
                substr(type, length('bench.appointment.') + 1) AS told
            FROM event_store.events
        ) e
        GROUP BY tenant_id, stream_id
    """,
    "joined": """
        WITH latest AS (
            SELECT stream_id, max(version) AS version FROM event_store.events GROUP BY stream_id
        ), moved AS (
            SELECT DISTINCT ON (stream_id) stream_id, data FROM event_store.events
            WHERE type = 'bench.appointment.rescheduled' ORDER BY stream_id, version DESC
        ), state AS (
            SELECT DISTINCT ON (stream_id) stream_id, type FROM event_store.events
            WHERE type <> 'bench.appointment.rescheduled' ORDER BY stream_id, version DESC
        )
        INSERT INTO bench_schedule
        SELECT b.tenant_id, b.stream_id, latest.version,
            (coalesce(moved.data, b.data) ->> 'practitioner_id')::uuid, (b.data ->> 'patient_id')::uuid,
            (coalesce(moved.data, b.data) ->> 'day')::date, (coalesce(moved.data, b.data) ->> 'starts')::timestamptz,
            (coalesce(moved.data, b.data) ->> 'minutes')::integer, b.data ->> 'type',
            substr(state.type, length('bench.appointment.') + 1)
        FROM event_store.events b
        JOIN latest USING (stream_id) JOIN state USING (stream_id) LEFT JOIN moved USING (stream_id)
        WHERE b.type = 'bench.appointment.booked'
    """,
}


def seed(url: str, streams: int) -> int:
    """Write the facts of so many appointments, in an order of chance; return how many facts there are."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(b"SELECT setseed(0.5)")
        new_id = "uuidv7" if connection.info.server_version >= 180000 else "gen_random_uuid"
        connection.execute(_SEED.replace("{new_id}", new_id).encode(), {"streams": streams, "tenants": TENANTS})
        connection.execute(b"SELECT setval('event_store.position_seq', max(position)) FROM event_store.events")
        connection.execute(b"VACUUM ANALYZE event_store.events")
    return streams * FACTS
