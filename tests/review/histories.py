"""Random histories of a chart: drawn, let happen in a real store, and looked up where and when they were recorded."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from domain.kernel.event import DomainEvent
from domain.records.content import Allergy, Medication
from domain.records.entry import AmendmentReason, RetractionReason
from domain.records.events import (
    AllergyAmended,
    AllergyRecorded,
    AllergyRetracted,
    MedicationAmended,
    MedicationRecorded,
    MedicationRetracted,
)
from tests.review.scene import Scene

START = datetime(2026, 1, 1, tzinfo=UTC)
TYPES = {"allergy": (AllergyRecorded, AllergyAmended, AllergyRetracted),
         "medication": (MedicationRecorded, MedicationAmended, MedicationRetracted)}  # fmt: skip
WORDS = ("Pollen", "Latex", "Iron")


class Said(NamedTuple):
    """One thing said about one record: ``word`` is what it reads, None when it is retracted. Hours since the start."""

    record: int
    kind: str
    word: str | None
    since: int
    until: int | None


class Fact(NamedTuple):
    """A thing said, with what the store made of it."""

    said: Said
    record_id: UUID
    version: int
    position: int
    recorded_at: datetime
    actor_id: UUID
    request: UUID


History = list[list[Said]]
"""Commits, in order, of what is said in each."""


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Record, amend and retract several entries; one commit may speak of several, or of the same one again."""
    known: list[str] = []
    over: set[int] = set()
    commits: History = []
    for _ in range(draw(st.integers(1, 6))):
        commit = []
        for _ in range(draw(st.integers(1, 3))):
            alive = [n for n in range(len(known)) if n not in over]
            record = draw(st.sampled_from([None, *alive]))
            since = draw(st.integers(0, 20))
            until = draw(st.none() | st.integers(since + 1, since + 12))
            word = draw(st.sampled_from(WORDS))
            if record is None:
                known.append(draw(st.sampled_from(sorted(TYPES))))
                commit.append(Said(len(known) - 1, known[-1], word, since, until))
            elif draw(st.integers(0, 3)):
                commit.append(Said(record, known[record], word, since, until))
            else:
                over.add(record)
                commit.append(Said(record, known[record], None, since, until))
        commits.append(commit)
    return commits


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


def event(said: Said, version: int, patient: UUID, author: UUID) -> DomainEvent:
    recorded, amended, retracted = TYPES[said.kind]
    shared: dict[str, Any] = {"patient_id": patient, "author_id": author}
    if said.word is None:
        return retracted(**shared, reason_code=RetractionReason.DUPLICATE, reason="Said twice")
    content = Allergy(allergen=said.word) if said.kind == "allergy" else Medication(name=said.word)
    shared |= {"effective_at": hour(said.since), "content": content}
    shared |= {"effective_until": None if said.until is None else hour(said.until)}
    if version == 1:
        return recorded(**shared)
    return amended(**shared, reason_code=AmendmentReason.CORRECTED, reason="Read it again")


class Played(NamedTuple):
    """A history that has happened to a patient."""

    tenant: UUID
    patient: UUID
    facts: list[Fact]

    def moments(self) -> list[datetime]:
        """Return before, at and between the times that things were recorded."""
        times = sorted({fact.recorded_at for fact in self.facts})
        between = [a + (b - a) / 2 for a, b in pairwise(times)]
        return sorted([times[0] - timedelta(seconds=1), *times, *between, times[-1] + timedelta(seconds=1)])


def play(stage: Scene, history: History) -> Played:
    """Let a history happen, and look up where and when the store recorded it."""
    tenant, patient = uuid7(), uuid7()
    ids: dict[int, UUID] = {}
    versions: dict[int, int] = {}
    asked: dict[tuple[UUID, int], tuple[Said, UUID, UUID]] = {}
    for commit in history:
        actor, streams = uuid7(), dict[int, tuple[UUID, int, list[DomainEvent]]]()
        said_of: list[tuple[tuple[UUID, int], Said]] = []
        for said in commit:
            stream = ids.setdefault(said.record, uuid7())
            _, _, events = streams.setdefault(said.record, (stream, versions.get(said.record, 0), []))
            version = versions[said.record] = versions.get(said.record, 0) + 1
            events.append(event(said, version, patient, actor))
            said_of.append(((stream, version), said))
        request = stage.append(tenant, actor, list(streams.values()))
        asked |= {place: (said, actor, request) for place, said in said_of}
    stage.project()
    with psycopg.connect(stage.services.settings.database_url or "") as connection:
        rows = connection.execute(
            "SELECT stream_id, version, position, recorded_at FROM event_store.events WHERE tenant_id = %s"
            " ORDER BY position",
            (tenant,),
        ).fetchall()
    facts = [Fact(asked[s, v][0], s, v, p, at, *asked[s, v][1:]) for s, v, p, at in rows]
    return Played(tenant, patient, facts)
