"""A practitioner's day lists what its events tell, by the clock on the wall, and rebuilt the same."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from projections.daily_schedule import queries
from projections.daily_schedule.projector import READ_MODEL
from tests.domain.scheduling.examples import DOCTOR, OTHER_DOCTOR
from tests.projections.booked import DAY, KEPT, MISSED, MOVED, OFF, RUN_OUT, TOLD, facts, story
from tests.projections.ground import ReadModelGround
from tests.projections.stage import Stage


@pytest.fixture(scope="module")
def stage(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(module_database_url, tmp_path_factory.mktemp("keys"), READ_MODEL) as made:
        yield made


class TestDailySchedule:
    @pytest.mark.parametrize("batch", [1, 3, 100])
    def test_lists_a_day_without_what_was_called_off(self, stage: Stage, batch: int) -> None:
        tenant = uuid4()
        stage.apply(tenant, [fact for fact in facts(story()) if type(fact.event) in READ_MODEL.on], batch)

        def day(doctor: UUID, on: date, with_cancelled: bool = False) -> list[tuple[UUID, str]]:
            rows = stage.ask(
                tenant, lambda reader: queries.day(reader, tenant, doctor, on, with_cancelled=with_cancelled)
            )
            return [(row["appointment_id"], row["status"]) for row in rows]

        assert day(DOCTOR, DAY) == [(KEPT, "COMPLETED"), (MISSED, "NO_SHOW")]
        everything = [KEPT, MISSED, OFF, RUN_OUT]
        assert [one for one, _ in day(DOCTOR, DAY, with_cancelled=True)] == everything
        assert day(OTHER_DOCTOR, DAY + timedelta(days=1)) == [(MOVED, "SCHEDULED")]
        assert day(DOCTOR, date(1996, 12, 3)) == [(TOLD, "COMPLETED")]

    def test_comes_out_the_same_when_rebuilt(self, database_url: str, tmp_path: Path) -> None:
        ground = ReadModelGround(READ_MODEL, database_url, tmp_path)
        ground.tell(*story())
        assert ground.rebuild()
        assert ground.drain() == 0
