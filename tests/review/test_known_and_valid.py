"""What was known then, of what held true then, and what changed in between: as a naive replay of the prefix tells it.

The naive replay is written from the drawn history alone. It shares nothing with projector, queries or review.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
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
from projections.patient_timeline import queries
from projections.patient_timeline.queries import Moment
from tests.review.scene import Scene, scene

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


Answer = dict[UUID, tuple[int, str, datetime | None, datetime | None]]
"""Per record of a chart: version, what it reads, since when and until when it holds true."""


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


def naive_chart(facts: list[Fact], known_at: datetime, valid_at: datetime | None) -> Answer:
    """Replay what had been recorded by then, and look at what each record says."""
    last: dict[UUID, Fact] = {}
    for fact in facts:
        if fact.recorded_at <= known_at:
            last[fact.record_id] = fact
    answer: Answer = {}
    for record_id, fact in last.items():
        said = fact.said
        if said.word is None:
            continue
        since, until = hour(said.since), None if said.until is None else hour(said.until)
        if valid_at is None or (since <= valid_at and (until is None or valid_at < until)):
            answer[record_id] = (fact.version, said.word, since, until)
    return answer


def charted(stage: Scene, played: Played, known_at: datetime, valid_at: datetime | None) -> Answer:
    """Ask the read model."""
    rows, _ = stage.run(
        queries.chart(stage.services.reader, played.tenant, played.patient, list(TYPES), Moment(known_at, valid_at),
                      limit=1000, offset=0)
    )  # fmt: skip
    return {row["record_id"]: (row["version"], word(row["content"]), row["effective_from"], row["effective_until"])
            for row in rows}  # fmt: skip


def reviewed(stage: Scene, played: Played, known_at: datetime, valid_at: datetime | None) -> Answer:
    """Ask the review, which reads the events alone."""
    review = stage.services.review
    known = stage.run(review.known(played.tenant, played.patient, lambda _: True, known_at, valid_at)).facts()
    return {one["record_id"]: (one["version"], word(one["content"]), time(one["effective_at"]),
                               time(one["effective_until"])) for one in known}  # fmt: skip


def word(content: dict[str, Any]) -> str:
    return str(content.get("allergen") or content.get("name"))


def time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def naive_difference(
    facts: list[Fact], begin: datetime, end: datetime, valid_at: datetime | None
) -> dict[UUID, tuple[Any, ...]]:
    """Compare the two naive charts, and list who recorded what in between."""
    was, now = naive_chart(facts, begin, valid_at), naive_chart(facts, end, valid_at)
    was_ever, now_ever = naive_chart(facts, begin, None), naive_chart(facts, end, None)
    found: dict[UUID, tuple[Any, ...]] = {}
    for record_id in dict.fromkeys(fact.record_id for fact in facts):
        steps = [f for f in facts if f.record_id == record_id and begin < f.recorded_at <= end]
        touched = [f for f in steps if f.said.word is not None and naive_chart([f], f.recorded_at, valid_at)]
        if not steps or not (record_id in was or touched):
            continue
        kind = {(False, True): "added", (True, True): "amended", (True, False): "retracted", (False, False): "passing"}[
            record_id in was_ever, record_id in now_ever
        ]
        reads = tuple(chart[record_id][1] if record_id in chart else None for chart in (was_ever, now_ever))
        found[record_id] = (
            kind,
            was[record_id][0] if record_id in was else None,
            now[record_id][0] if record_id in now else None,
            None if reads[0] == reads[1] else reads,
            [(f.version, f.actor_id, f.request, f.recorded_at) for f in steps],
        )
    return found


def differences(
    stage: Scene, played: Played, begin: datetime, end: datetime, valid_at: datetime | None
) -> dict[UUID, tuple[Any, ...]]:
    """Ask the review."""
    review = stage.services.review
    found = stage.run(
        review.difference(played.tenant, played.patient, lambda _: True, begin, end, valid_at)
    ).facts()  # fmt: skip
    answer = {}
    for one in found:
        reads = [(c["from"], c["to"]) for c in one["changes"] if c["field"] in {"content.allergen", "content.name"}]
        answer[one["record_id"]] = (
            str(one["difference"]), one["version_before"], one["version_after"], reads[0] if reads else None,
            [(s["version"], s["who"]["id"], UUID(s["request"]["correlation_id"]), s["recorded_at"])
             for s in one["steps"]],
        )  # fmt: skip
    return answer


questions = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.none() | st.integers(-1, 34)), min_size=1,
                     max_size=4)  # fmt: skip


@pytest.fixture(scope="module")
def stage(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene(module_database_url, tmp_path_factory.mktemp("state")) as made:
        yield made


def check(stage: Scene, history: History, asked: list[tuple[int, int, int | None]]) -> None:
    """Hold every answer about a history against the naive one."""
    played = play(stage, history)
    moments = played.moments()
    for first, second, valid in asked:
        valid_at = None if valid is None else hour(valid)
        begin, end = sorted((moments[first % len(moments)], moments[second % len(moments)]))
        for known_at in (begin, end):
            expected = naive_chart(played.facts, known_at, valid_at)
            assert charted(stage, played, known_at, valid_at) == expected
            assert reviewed(stage, played, known_at, valid_at) == expected
        expected_difference = naive_difference(played.facts, begin, end, valid_at)
        assert differences(stage, played, begin, end, valid_at) == expected_difference


SHORT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LONG = settings(SHORT, max_examples=600)


@pytest.mark.requirement("R145")
class TestChartAndDifference:
    @SHORT
    @given(history=histories(), asked=questions)
    def test_are_those_of_a_naive_replay(
        self, stage: Scene, history: History, asked: list[tuple[int, int, int | None]]
    ) -> None:
        check(stage, history, asked)

    @pytest.mark.long
    @LONG
    @given(history=histories(), asked=questions)
    def test_are_those_of_a_naive_replay_whatever_happens(
        self, stage: Scene, history: History, asked: list[tuple[int, int, int | None]]
    ) -> None:
        check(stage, history, asked)


Planted = Callable[[list[Fact], datetime, datetime | None], Answer]


def known_only_afterwards(facts: list[Fact], known_at: datetime, valid_at: datetime | None) -> Answer:
    """A planted mistake: what is recorded at a moment is not yet known at it."""
    return naive_chart([fact for fact in facts if fact.recorded_at != known_at], known_at, valid_at)


def true_to_the_end(facts: list[Fact], known_at: datetime, valid_at: datetime | None) -> Answer:
    """A planted mistake: a period holds at its last moment too."""
    shorter = naive_chart(facts, known_at, valid_at)
    return shorter | {r: a for r, a in naive_chart(facts, known_at, None).items() if a[3] == valid_at}


def retracted_lives_on(facts: list[Fact], known_at: datetime, valid_at: datetime | None) -> Answer:
    """A planted mistake: a retraction changes nothing."""
    return naive_chart([fact for fact in facts if fact.said.word is not None], known_at, valid_at)


def asked_of_now(facts: list[Fact], known_at: datetime, valid_at: datetime | None) -> Answer:
    """A planted mistake: the answer is what is known now, whatever moment is asked for."""
    return naive_chart(facts, max(fact.recorded_at for fact in facts), valid_at)


class TestPlantedMistake:
    @pytest.mark.parametrize("planted", [known_only_afterwards, true_to_the_end, retracted_lives_on, asked_of_now])
    def test_is_found(self, stage: Scene, planted: Planted) -> None:
        def differs(history: History) -> bool:
            played = play(stage, history)
            return any(
                planted(played.facts, known_at, valid_at) != charted(stage, played, known_at, valid_at)
                for known_at in played.moments()
                for valid_at in (None, *(hour(s.until) for c in history for s in c if s.until is not None))
            )

        try:
            find(histories(), differs, settings=settings(max_examples=60, deadline=None, phases=[Phase.generate]))
        except NoSuchExample:
            pytest.fail("the property cannot tell a right answer from a wrong one")

    def test_in_the_rows_is_found(self, stage: Scene) -> None:
        played = play(stage, [[Said(0, "allergy", "Pollen", 0, None)], [Said(0, "allergy", "Latex", 0, None)]])
        with psycopg.connect(stage.services.settings.database_url or "", autocommit=True) as connection:
            connection.execute(
                "UPDATE patient_timeline_1.patient_timeline SET recorded_until = %s"
                " WHERE tenant_id = %s AND version = 1",
                (played.facts[0].recorded_at, played.tenant),
            )
        known_at = played.moments()[2]
        assert charted(stage, played, known_at, None) != naive_chart(played.facts, known_at, None)
