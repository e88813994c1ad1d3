"""The facts analysts count on are those the events tell, without a patient in them, and rebuilt the same."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from projections.fact_appointments import queries
from projections.fact_appointments.projector import READ_MODEL
from tests.domain.scheduling.examples import PATIENT
from tests.projections.booked import DAY, KEPT, MISSED, MOVED, facts, story
from tests.projections.ground import ReadModelGround
from tests.projections.stage import Stage


@pytest.fixture(scope="module")
def stage(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(module_database_url, tmp_path_factory.mktemp("keys"), READ_MODEL) as made:
        yield made


class TestFactAppointments:
    @pytest.mark.parametrize("batch", [1, 3, 100])
    def test_say_how_each_appointment_went(self, stage: Stage, batch: int) -> None:
        tenant = uuid4()
        told = [fact for fact in facts(story()) if type(fact.event) in READ_MODEL.on]
        stage.apply(tenant, told, batch)
        rows = {row["appointment_id"]: row for row in stage.rows("fact_appointments", tenant)}
        kept = rows[KEPT]
        assert (kept["status"], kept["was_held"], kept["is_follow_up"], kept["is_subscription_based"]) == (
            "COMPLETED", True, True, True,
        )  # fmt: skip
        assert (kept["local_date"], kept["weekday"], kept["hour"]) == (DAY, 1, 10)
        assert (rows[MOVED]["moves"], rows[MISSED]["overbooked"]) == (2, True)
        assert max(row["as_of_position"] for row in rows.values()) == len(told)

    def test_add_up(self, stage: Stage) -> None:
        tenant = uuid4()
        told = [fact for fact in facts(story()) if type(fact.event) in READ_MODEL.on]
        stage.apply(tenant, told)
        (all_of_it,), position = stage.ask(tenant, lambda r: queries.figures(r, tenant, DAY, DAY, "all"))
        assert position == max(n for n, fact in enumerate(told, 1) if fact.stream_id != MOVED)
        ends = [all_of_it[name] for name in ("appointments", "completed", "cancelled", "no_shows", "expired")]
        assert ends == [4, 1, 1, 1, 1]
        assert (all_of_it["minutes_completed"], all_of_it["average_wait_seconds"]) == (30, 600)

    def test_name_no_patient(self, stage: Stage) -> None:
        tenant = uuid4()
        stage.apply(tenant, [fact for fact in facts(story()) if type(fact.event) in READ_MODEL.on])
        rows = stage.rows("fact_appointments", tenant)
        assert all(PATIENT not in row.values() for row in rows)
        assert not any("patient" in column for column in rows[0])

    def test_come_out_the_same_when_rebuilt(self, database_url: str, tmp_path: Path) -> None:
        ground = ReadModelGround(READ_MODEL, database_url, tmp_path)
        ground.tell(*story())
        assert ground.rebuild()
        assert ground.drain() == 0
