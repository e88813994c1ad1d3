"""The replay: stored facts decoded and folded into an aggregate; by us and by the stock mapper and aggregate."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import StoredEvent
from uuid_utils.compat import uuid7

from adapters.codec.mapper import EventMapper, StreamEvent
from adapters.postgres.event_store import folded
from adapters.postgres.key_store import KeyStore
from adapters.vault.root_key import RootKeyFile
from adapters.vault.vault import Vault
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.event import Retention
from scripts.benches import sample, schedule, stock
from scripts.benches.common import Effort, Ground, Ratio, Result, in_turn, median, settings

STREAMS, SEALED = 2_000, 2_000
Row = tuple[str, int, str]


class Appointment(Aggregate):
    """The state that the stock aggregate keeps, kept by ours."""

    NAME = "appointment"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.status = ""

    @evolves
    def _booked(self, event: schedule.Booked) -> None:
        self.patient_id, self.practitioner_id = event.patient_id, event.practitioner_id
        self.starts, self.minutes, self.type = event.starts, event.minutes, event.type
        self.status = "booked"

    @evolves
    def _confirmed(self, event: schedule.Confirmed) -> None:
        self.status = "confirmed"

    @evolves
    def _rescheduled(self, event: schedule.Rescheduled) -> None:
        self.practitioner_id, self.starts, self.minutes = event.practitioner_id, event.starts, event.minutes

    @evolves
    def _completed(self, event: schedule.Completed) -> None:
        self.status = "completed"


class StatesDiffer(Exception):
    """The two aggregates have not come to the same state: their times mean nothing."""


def run(ground: Ground, effort: Effort) -> Result:
    """Replay the same streams of four facts on both sides; the rows are in memory."""
    with ground.database() as url, ground.database(empty=True) as stock_url:
        schedule.seed(url, effort.amount(STREAMS, 50))
        ours, facts = _streams(url)
        with stock.application(stock_url) as app:
            theirs = {
                stream: stock.stored(app, (stock.domain_event(*fact) for fact in told))
                for stream, told in facts.items()
            }
            _compare(ours, theirs, app)
            opened = _opened(ground, url, effort.amount(SEALED, 100))
            events = len(ours) * schedule.FACTS
            figures = in_turn(effort.rounds, {
                "caretrail": partial(_per_event, partial(_ours, ours), events, effort),
                "stock": partial(_per_event, partial(_theirs, theirs, app), events, effort),
                "caretrail_personal_fields_opened": partial(_per_event, opened, effort.amount(SEALED, 100), effort),
            })  # fmt: skip
    sides = {f"{name}_us_per_event": round(median(times), 3) for name, times in figures.items()}
    ratio = sides["stock_us_per_event"] / sides["caretrail_us_per_event"]
    shown = settings(ground, effort, streams=len(ours), events_per_stream=schedule.FACTS, states_equal=True)
    return Result("replay", sides, [Ratio("over_stock", ratio, 8.0)], shown)


def _per_event(replay: Callable[[], None], events: int, effort: Effort) -> float:
    """Return the microseconds an event takes, over at least the given time."""
    started, runs = time.perf_counter(), 0
    while runs == 0 or time.perf_counter() - started < effort.seconds:
        replay()
        runs += 1
    return (time.perf_counter() - started) / runs / events * 1e6


def _ours(streams: dict[UUID, list[Row]]) -> None:
    for stream_id, rows in streams.items():
        folded(schedule.CODEC, Appointment(stream_id), rows)


def _theirs(streams: dict[UUID, list[StoredEvent]], app: stock.Appointments) -> None:
    for stored in streams.values():
        _theirs_folded(stored, app)


def _theirs_folded(stored: Sequence[StoredEvent], app: stock.Appointments) -> Any:
    aggregate: Any = None
    for row in stored:
        event: Any = app.mapper.to_domain_event(row)
        aggregate = event.mutate(aggregate)
    return aggregate


def _streams(url: str) -> tuple[dict[UUID, list[Row]], dict[UUID, list[Any]]]:
    ours: dict[UUID, list[Row]] = {}
    facts: dict[UUID, list[Any]] = {}
    query = b"""SELECT stream_id, type, schema_version, data::text,
        tenant_id, stream_id, version, substr(type, length('bench.appointment.') + 1), data
        FROM event_store.events ORDER BY stream_id, version"""
    with psycopg.connect(url) as connection:
        for stream_id, topic, schema, data, *fact in connection.execute(query).fetchall():
            ours.setdefault(stream_id, []).append((topic, schema, data))
            facts.setdefault(stream_id, []).append(fact)
    return ours, facts


def _compare(ours: dict[UUID, list[Row]], theirs: dict[UUID, list[StoredEvent]], app: stock.Appointments) -> None:
    for stream_id, rows in ours.items():
        one, other = folded(schedule.CODEC, Appointment(stream_id), rows), _theirs_folded(theirs[stream_id], app)
        for name in ("version", "status", "patient_id", "practitioner_id", "starts", "minutes", "type"):
            if getattr(one, name) != getattr(other, name):
                raise StatesDiffer(name)


def _opened(ground: Ground, url: str, count: int) -> Callable[[], None]:
    """Return what maps sealed rows back to events with their personal fields opened."""
    vault = Vault()
    keys, mapper = KeyStore(RootKeyFile(ground.folder / "root.key"), vault, uuid7), EventMapper(sample.CODEC, vault)
    owners = [(sample.TENANT, patient, Retention.CLINICAL) for patient in sample.PATIENTS]

    def listen() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            keys.obtain_now(connection, owners)

    listen()
    rows = [
        mapper.to_stored_event(StreamEvent(uuid7(), 1, sample.TENANT, sample.booked(n, notes=True)))
        for n in range(count)
    ]

    def replay() -> None:
        if vault.stale():
            listen()
        for row in rows:
            mapper.to_domain_event(row)

    return replay
