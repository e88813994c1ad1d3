"""The alerts of a clinic: as they stand, vital signs of the last 24 hours only, severe allergies for as long."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from domain.kernel.event import Unopened
from domain.records.entry import RecordType
from domain.records.events import AlertAcknowledged, AlertRaised, AlertWithdrawn
from projections.critical_alerts.projector import READ_MODEL
from projections.critical_alerts.queries import critical_alerts
from projections.kernel.lists import Window
from tests.projections.stage import Fact, Stage
from tests.projections.test_patient_timeline import DOCTOR, PATIENT, at

pytestmark = pytest.mark.requirement("R168")


@pytest.fixture(scope="module")
def stage(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(module_database_url, tmp_path_factory.mktemp("keys"), READ_MODEL) as made:
        yield made


def raised(record: UUID, record_type: RecordType, hour: int, version: int = 1) -> AlertRaised:
    return AlertRaised(
        patient_id=PATIENT, record_id=record, record_version=version, record_type=record_type, effective_at=at(hour),
        findings=Unopened(),
    )  # fmt: skip


def acknowledged() -> AlertAcknowledged:
    return AlertAcknowledged(patient_id=PATIENT, acknowledged_by=DOCTOR, acknowledged_at=at(3))


def states(stage: Stage, tenant: UUID, hour: int, *, only_open: bool = False) -> list[tuple[UUID, str]]:
    rows, total, _ = stage.ask(
        tenant, lambda reader: critical_alerts(reader, tenant, at(hour), Window(10), only_open=only_open)
    )
    assert total == len(rows)
    return [(row["alert_id"], row["state"]) for row in rows]


class TestCriticalAlerts:
    def test_of_vitals_are_shown_for_24_hours_and_of_allergies_for_as_long_as_they_stand(self, stage: Stage) -> None:
        tenant, vital, allergy = uuid4(), uuid4(), uuid4()
        facts = [
            Fact(allergy, 1, at(1), raised(uuid4(), RecordType.ALLERGY, 0)),
            Fact(vital, 1, at(2), raised(uuid4(), RecordType.VITAL, 1)),
        ]
        stage.apply(tenant, facts)
        assert states(stage, tenant, 24) == [(vital, "raised"), (allergy, "raised")]
        assert states(stage, tenant, 25) == [(allergy, "raised")]

    @pytest.mark.parametrize("batch", [1, 100])
    def test_are_acknowledged_raised_again_by_a_later_version_and_withdrawn(self, stage: Stage, batch: int) -> None:
        tenant, alert, record = uuid4(), uuid4(), uuid4()
        facts = [
            Fact(alert, 1, at(1), raised(record, RecordType.VITAL, 0)),
            Fact(alert, 2, at(2), acknowledged()),
        ]
        stage.apply(tenant, facts, batch)
        assert states(stage, tenant, 3) == [(alert, "acknowledged")]
        assert states(stage, tenant, 3, only_open=True) == []
        stage.apply(tenant, [Fact(alert, 3, at(4), raised(record, RecordType.VITAL, 1, version=2))], batch)
        assert states(stage, tenant, 5, only_open=True) == [(alert, "raised")]
        (row,) = stage.rows("critical_alerts", tenant)
        assert (row["version"], row["record_version"], row["acknowledged_by"]) == (3, 2, None)
        withdrawn = AlertWithdrawn(patient_id=PATIENT, record_id=record, record_version=3)
        stage.apply(tenant, [Fact(alert, 4, at(6), withdrawn)], batch)
        assert states(stage, tenant, 7) == []
