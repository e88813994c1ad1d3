"""The summary counts records by type and shows those that count now, however its events are cut into batches."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from domain.records.entry import RecordType
from projections.patient_summary import queries
from projections.patient_summary.projector import READ_MODEL
from tests.projections.stage import Fact, Stage
from tests.projections.test_patient_timeline import ALL, PATIENT, amended, at, recorded, retracted

ALLERGY, VITAL, MEDICATION = RecordType.ALLERGY, RecordType.VITAL, RecordType.MEDICATION


@pytest.fixture(scope="module")
def stage(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(module_database_url, tmp_path_factory.mktemp("keys"), READ_MODEL) as made:
        yield made


def story() -> list[Fact]:
    pollen, cats, course, pulse = uuid4(), uuid4(), uuid4(), uuid4()
    return [
        Fact(pollen, 1, at(1), recorded(ALLERGY, 0)),
        Fact(cats, 1, at(2), recorded(ALLERGY, 0)),
        Fact(pollen, 2, at(3), amended(ALLERGY, 1)),
        Fact(cats, 2, at(4), retracted(ALLERGY)),
        Fact(course, 1, at(5), recorded(MEDICATION, 0, 10)),
        Fact(pulse, 1, at(6), recorded(VITAL, 6)),
    ]


class TestPatientSummary:
    @pytest.mark.parametrize("batch", [1, 2, 100])
    def test_counts_each_type_and_remembers_when_it_was_last_recorded(self, stage: Stage, batch: int) -> None:
        tenant = uuid4()
        stage.apply(tenant, story(), batch)
        rows = stage.ask(tenant, lambda reader: queries.counts(reader, tenant, PATIENT, ALL))
        figures = {r["record_type"]: (r["active"], r["recorded"], r["amended"], r["retracted"]) for r in rows}
        assert figures == {"allergy": (1, 2, 1, 1), "medication": (1, 1, 0, 0), "vital": (1, 1, 0, 0)}
        assert {r["record_type"]: r["last_recorded_at"] for r in rows} == {
            "allergy": at(4), "medication": at(5), "vital": at(6),
        }  # fmt: skip

    @pytest.mark.parametrize("batch", [1, 2, 100])
    def test_shows_what_holds_now_and_nothing_retracted(self, stage: Stage, batch: int) -> None:
        tenant, facts = uuid4(), story()
        stage.apply(tenant, facts, batch)

        def shown(hour: int) -> list[tuple[object, int]]:
            rows = stage.ask(tenant, lambda reader: queries.highlights(reader, tenant, PATIENT, at(hour)))
            return [(row["record_id"], row["version"]) for row in rows]

        pollen, course = facts[0].stream_id, facts[4].stream_id
        assert shown(9) == [(pollen, 2), (course, 1)]
        assert shown(10) == [(pollen, 2)]

    def test_leaves_out_types_the_reader_may_not_see(self, stage: Stage) -> None:
        tenant = uuid4()
        stage.apply(tenant, [Fact(uuid4(), 1, at(1), recorded(RecordType.MENTAL_HEALTH_NOTE, 0))])
        types = [t for t in ALL if t != RecordType.MENTAL_HEALTH_NOTE]
        assert stage.ask(tenant, lambda reader: queries.counts(reader, tenant, PATIENT, types)) == []
