"""The timeline keeps every version with both its times, and answers any question about them like a naive replay."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.kernel.event import DomainEvent, Unopened
from domain.records.entry import (
    AmendmentReason,
    EntryAmended,
    EntryRecorded,
    EntryRetracted,
    RecordType,
    RetractionReason,
)
from domain.records.shapes import SHAPES, TYPE_OF
from projections.kernel.lists import Window
from projections.kernel.rows import Rows
from projections.patient_timeline import queries
from projections.patient_timeline.projector import READ_MODEL, TABLE
from projections.patient_timeline.queries import NOW_KNOWN, Moment
from tests.projections.stage import Fact, Stage

PATIENT, DOCTOR = uuid4(), uuid4()
START = datetime(2026, 1, 1, tzinfo=UTC)
ALL = [t.value for t in RecordType]


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def recorded(record_type: RecordType, since: int, until: int | None = None, patient: UUID = PATIENT) -> DomainEvent:
    return SHAPES[record_type].recorded(
        patient_id=patient, author_id=DOCTOR, effective_at=at(since),
        effective_until=None if until is None else at(until), content=Unopened(),
    )  # fmt: skip


def amended(record_type: RecordType, since: int, until: int | None = None, patient: UUID = PATIENT) -> DomainEvent:
    return SHAPES[record_type].amended(
        patient_id=patient, author_id=DOCTOR, effective_at=at(since),
        effective_until=None if until is None else at(until), reason_code=AmendmentReason.CORRECTED,
        reason=Unopened(), content=Unopened(),
    )  # fmt: skip


def retracted(record_type: RecordType, patient: UUID = PATIENT) -> DomainEvent:
    return SHAPES[record_type].retracted(
        patient_id=patient, author_id=DOCTOR, reason_code=RetractionReason.DUPLICATE, reason=Unopened()
    )


@pytest.fixture(scope="module")
def stage(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(module_database_url, tmp_path_factory.mktemp("keys"), READ_MODEL) as made:
        yield made


def chart(
    stage: Stage, tenant: UUID, moment: Moment, types: list[str] = ALL, limit: int = 1000, offset: int = 0
) -> tuple[list[dict[str, Any]], int]:
    found = stage.ask(
        tenant, lambda reader: queries.chart(reader, tenant, PATIENT, types, moment, Window(limit, offset))
    )
    return found.rows, found.total


class TestVersions:
    @pytest.mark.parametrize("batch", [1, 10])
    def test_follow_one_another_without_a_gap(self, stage: Stage, batch: int) -> None:
        tenant, record = uuid4(), uuid4()
        vital = RecordType.VITAL
        history = [recorded(vital, 0), amended(vital, 1, 5), retracted(vital)]
        stage.apply(tenant, [Fact(record, n, at(10 * n), e) for n, e in enumerate(history, 1)], batch)
        rows = stage.rows("patient_timeline", tenant)
        seen = [(r["version"], r["recorded_from"], r["recorded_until"], r["effective_from"], r["effective_until"],
                 r["retracted"], r["reason_code"]) for r in sorted(rows, key=lambda r: int(r["version"]))]  # fmt: skip
        assert seen == [
            (1, at(10), at(20), at(0), None, False, None),
            (2, at(20), at(30), at(1), at(5), False, "corrected"),
            (3, at(30), None, None, None, True, "duplicate"),
        ]

    def test_of_every_record_type_are_kept_under_its_name(self) -> None:
        rows = Rows()
        for record_type in RecordType:
            fact = Fact(uuid4(), 1, at(0), recorded(record_type, 0)).recorded(uuid4(), 1)
            READ_MODEL.on[type(fact.event)](rows, fact.event, fact)
        kept = [change.values["record_type"] for change in rows.tables[TABLE.name].values()]
        assert kept == ALL


class Question(NamedTuple):
    known: int
    valid: int | None


def moment_of(question: Question) -> Moment:
    return Moment(at(question.known), None if question.valid is None else at(question.valid))


def naive(facts: list[Fact], question: Question) -> set[tuple[UUID, int]]:
    """Replay what had been recorded by then, and look at what each record says."""
    known: dict[UUID, Fact] = {}
    for fact in facts:
        if fact.recorded_at <= at(question.known):
            known[fact.stream_id] = fact
    answer = set()
    for fact in known.values():
        event = fact.event
        if isinstance(event, EntryRetracted):
            continue
        assert isinstance(event, EntryRecorded | EntryAmended)
        valid = question.valid is None or (
            event.effective_at <= at(question.valid)
            and (event.effective_until is None or at(question.valid) < event.effective_until)
        )
        if valid:
            answer.add((fact.stream_id, fact.version))
    return answer


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    """Several records of one patient, their versions interleaved in the order they were recorded."""
    clock, facts = 0, []
    open_records: dict[UUID, tuple[RecordType, int]] = {}
    for _ in range(draw(st.integers(1, 25))):
        clock += draw(st.integers(0, 4))
        since = draw(st.integers(0, 40))
        until = draw(st.none() | st.integers(since + 1, since + 30))
        chosen = draw(st.sampled_from([None, *open_records]))
        if chosen is None:
            stream, record_type = uuid4(), draw(st.sampled_from(list(RecordType)))
            facts.append(Fact(stream, 1, at(clock), recorded(record_type, since, until)))
            open_records[stream] = (record_type, 1)
            continue
        record_type, version = open_records[chosen]
        if draw(st.booleans()):
            facts.append(Fact(chosen, version + 1, at(clock), amended(record_type, since, until)))
            open_records[chosen] = (record_type, version + 1)
        else:
            facts.append(Fact(chosen, version + 1, at(clock), retracted(record_type)))
            del open_records[chosen]
    return facts


class TestChart:
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        facts=histories(),
        questions=st.lists(
            st.builds(Question, st.integers(-1, 110), st.none() | st.integers(-1, 80)), min_size=1, max_size=8
        ),
        batch=st.integers(1, 30),
    )
    def test_answers_as_a_naive_replay_would(
        self, stage: Stage, facts: list[Fact], questions: list[Question], batch: int
    ) -> None:
        tenant = uuid4()
        stage.apply(tenant, facts, batch)
        for question in questions:
            rows, total = chart(stage, tenant, moment_of(question))
            assert {(row["record_id"], row["version"]) for row in rows} == naive(facts, question)
            assert total == len(rows)

    def test_would_answer_otherwise_if_a_version_were_not_closed(self, stage: Stage) -> None:
        tenant, record = uuid4(), uuid4()
        facts = [Fact(record, n, at(n), e) for n, e in enumerate([recorded(RecordType.VITAL, 0),
                                                                  amended(RecordType.VITAL, 0)], 1)]  # fmt: skip
        stage.apply(tenant, facts)
        stage.connection.execute(
            "UPDATE patient_timeline_1.patient_timeline SET recorded_until = NULL WHERE tenant_id = %s", (tenant,)
        )
        question = Question(known=5, valid=None)
        rows, _ = chart(stage, tenant, moment_of(question))
        assert {(row["record_id"], row["version"]) for row in rows} != naive(facts, question)

    def test_leaves_out_other_patients_other_types_and_other_tenants(self, stage: Stage) -> None:
        tenant, mine = uuid4(), uuid4()
        note = RecordType.MENTAL_HEALTH_NOTE
        facts = [
            Fact(mine, 1, at(1), recorded(RecordType.ALLERGY, 0)),
            Fact(uuid4(), 1, at(1), recorded(RecordType.ALLERGY, 0, patient=uuid4())),
            Fact(uuid4(), 1, at(1), recorded(note, 0)),
        ]
        stage.apply(tenant, facts)
        types = [t for t in ALL if t != note]
        rows, total = chart(stage, tenant, Moment(), types)
        assert ([row["record_id"] for row in rows], total) == ([mine], 1)
        assert chart(stage, uuid4(), Moment()) == ([], 0)

    @pytest.mark.requirement("R255")
    def test_is_paged_from_the_latest_with_its_total(self, stage: Stage) -> None:
        tenant = uuid4()
        stage.apply(tenant, [Fact(uuid4(), 1, at(n), recorded(RecordType.VITAL, n)) for n in range(5)])
        pages = [chart(stage, tenant, Moment(), limit=2, offset=offset) for offset in (0, 2, 4, 6)]
        assert [[row["effective_from"] for row in rows] for rows, _ in pages] == [
            [at(4), at(3)], [at(2), at(1)], [at(0)], [],
        ]  # fmt: skip
        assert [total for _, total in pages] == [5, 5, 5, 5]

    def test_shows_one_record_as_it_was_known_and_its_whole_history(self, stage: Stage) -> None:
        tenant, record = uuid4(), uuid4()
        lab = RecordType.LAB_REPORT
        facts = [Fact(record, 1, at(1), recorded(lab, 0)), Fact(record, 2, at(2), amended(lab, 0))]
        stage.apply(tenant, facts)

        def version(known: datetime, record_type: RecordType = lab) -> int | None:
            row = stage.ask(tenant, lambda reader: queries.record(reader, tenant, record, record_type.value, known))
            return int(row["version"]) if row else None

        assert [version(at(0)), version(at(1)), version(at(2)), version(NOW_KNOWN)] == [None, 1, 2, 2]
        assert version(NOW_KNOWN, RecordType.VITAL) is None
        history = stage.ask(tenant, lambda reader: queries.history(reader, tenant, record, lab.value))
        assert [row["version"] for row in history] == [1, 2]
        assert TYPE_OF[type(facts[0].event)] is lab
