"""Appointments as they stand are what their events tell, however those are cut into batches, and rebuilt the same."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from adapters.bootstrap import open_services
from domain.kernel.ownership import Limits
from projections.appointment import queries
from projections.appointment.projector import READ_MODEL
from projections.kernel.lists import Window
from projections.kernel.reader import Reader
from tests.domain.scheduling.examples import DOCTOR, OTHER_DOCTOR, PATIENT, SUBSCRIPTION
from tests.projections.booked import KEPT, MISSED, MOVED, OFF, RUN_OUT, TOLD, facts, story
from tests.projections.ground import TENANT, ReadModelGround
from tests.projections.stage import Fact, Stage


@pytest.fixture(scope="module")
def stage(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(module_database_url, tmp_path_factory.mktemp("keys"), READ_MODEL) as made:
        yield made


def told() -> list[Fact]:
    return [fact for fact in facts(story()) if type(fact.event) in READ_MODEL.on]


@pytest.mark.requirement("R143")
@pytest.mark.requirement("R186")
class TestAppointment:
    @pytest.mark.parametrize("batch", [1, 3, 100])
    def test_stands_as_its_events_tell(self, stage: Stage, batch: int) -> None:
        tenant = uuid4()
        stage.apply(tenant, told(), batch)
        rows = {row["appointment_id"]: row for row in stage.rows("appointment", tenant)}
        assert {one: (row["status"], row["version"], row["practitioner_id"]) for one, row in rows.items()} == {
            KEPT: ("COMPLETED", 9, DOCTOR), OFF: ("CANCELLED", 2, DOCTOR), RUN_OUT: ("EXPIRED", 2, DOCTOR),
            MISSED: ("NO_SHOW", 2, DOCTOR), MOVED: ("SCHEDULED", 3, OTHER_DOCTOR), TOLD: ("COMPLETED", 1, DOCTOR),
        }  # fmt: skip
        kept, moved = rows[KEPT], rows[MOVED]
        assert (kept["subscription_id"], kept["parent_appointment_id"], kept["price_amount"]) == (
            SUBSCRIPTION,
            MOVED,
            4500,
        )
        assert (moved["starts_local"], moved["minutes"], moved["moves"]) == ("2026-03-04T09:15", 45, 2)
        assert (rows[MISSED]["overbooked"], rows[OFF]["cancellation_code"]) == (True, "CLINIC_CLOSED")

    def test_leads_along_its_chain_in_both_directions(self, stage: Stage) -> None:
        tenant = uuid4()
        stage.apply(tenant, told())
        links = {one: stage.ask(tenant, partial(chain, tenant, one)) for one in (MOVED, KEPT, OFF)}
        assert links == {MOVED: [(0, MOVED), (1, KEPT)], KEPT: [(-1, MOVED), (0, KEPT)], OFF: [(0, OFF)]}

    def test_is_found_by_patient_state_and_time(self, stage: Stage) -> None:
        tenant = uuid4()
        stage.apply(tenant, told())

        def found(patient: UUID | None, statuses: list[str] | None, since: datetime | None) -> tuple[list[UUID], int]:
            rows, total, _ = stage.ask(
                tenant,
                lambda reader: queries.appointments(
                    reader, tenant, Window(2), patient_id=patient, statuses=statuses, begins=since
                ),
            )
            return [row["appointment_id"] for row in rows], total

        assert found(PATIENT, None, None) == ([MOVED, RUN_OUT], 6)
        assert found(None, ["EXPIRED"], None) == ([RUN_OUT], 1)
        assert found(PATIENT, None, datetime(2026, 3, 4, tzinfo=UTC)) == ([MOVED], 1)
        assert found(uuid4(), None, None) == ([], 0)

    def test_comes_out_the_same_when_rebuilt_and_opens_what_was_said(self, database_url: str, tmp_path: Path) -> None:
        ground = ReadModelGround(READ_MODEL, database_url, tmp_path)
        ground.tell(*story())
        assert ground.rebuild()
        assert ground.drain() == 0
        said = asyncio.run(remarks(ground))
        assert said == {KEPT: ("Knee", None), OFF: (None, "A burst pipe"), TOLD: (None, "Appendicitis")}


async def chain(tenant: UUID, appointment_id: UUID, reader: Reader) -> list[tuple[int, UUID]]:
    rows = await queries.chain(reader, tenant, appointment_id)
    return [(row["place"], row["appointment_id"]) for row in rows]


async def remarks(ground: ReadModelGround) -> dict[UUID, tuple[str | None, str | None]]:
    services = await open_services(ground.settings, 2)
    try:
        found = {}
        for one in (KEPT, OFF, TOLD):
            row = await queries.appointment(services.reader.within(TENANT), TENANT, one, limits=Limits((PATIENT,)))
            assert row is not None
            found[one] = (row["notes"], row["reason"])
        return found
    finally:
        await services.close()
