"""Emergency accesses as they stand, and the reviews that are still owed."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.access.events import (
    BreakGlassClosed,
    BreakGlassExpired,
    BreakGlassOpened,
    BreakGlassReviewed,
    Finding,
    GlassReason,
    PrivacyOfficerNotified,
)
from domain.kernel.event import Unopened
from domain.kernel.ownership import Limits
from projections.break_glass.projector import READ_MODEL
from projections.break_glass.queries import glasses
from projections.kernel.lists import Window
from tests.projections.stage import Fact, Stage
from tests.projections.test_patient_timeline import PATIENT, at

NURSE, OFFICER = uuid4(), uuid4()


@pytest.fixture(scope="module")
def stage(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(module_database_url, tmp_path_factory.mktemp("keys"), READ_MODEL) as made:
        yield made


def opened(hour: int, actor: UUID = NURSE) -> BreakGlassOpened:
    return BreakGlassOpened(
        patient_id=PATIENT, actor=actor, slot=0, code=GlassReason.OTHER, reason=Unopened(), authenticated_at=at(hour),
        opened_at=at(hour), expires_at=at(hour) + timedelta(hours=1),
    )  # fmt: skip


def shown(stage: Stage, tenant: UUID, actor: UUID | None = None, *, to_review: bool | None = None) -> list[UUID]:
    rows, total, _ = stage.ask(
        tenant,
        lambda reader: glasses(
            reader, tenant, Window(10), limits=Limits((actor,)) if actor else None, to_review=to_review
        ),
    )
    assert total == len(rows)
    return [row["glass_id"] for row in rows]


class TestEmergencyAccesses:
    @pytest.mark.parametrize("batch", [1, 100])
    def test_are_listed_latest_first_and_await_review_until_it_is_closed(self, stage: Stage, batch: int) -> None:
        tenant, one, two = uuid4(), uuid4(), uuid4()
        closed = BreakGlassClosed(patient_id=PATIENT, closed_by=NURSE, closed_at=at(2))
        reviewed = BreakGlassReviewed(
            patient_id=PATIENT, reviewer=OFFICER, finding=Finding.UNJUSTIFIED, note=Unopened(), reviewed_at=at(4)
        )
        facts = [
            Fact(one, 1, at(1), opened(1)),
            Fact(one, 2, at(1), PrivacyOfficerNotified(patient_id=PATIENT)),
            Fact(two, 1, at(2), opened(2, OFFICER)),
            Fact(one, 3, at(2), closed),
            Fact(two, 2, at(3), BreakGlassExpired(patient_id=PATIENT, expired_at=at(3))),
            Fact(one, 4, at(4), reviewed),
        ]
        stage.apply(tenant, facts, batch)
        assert shown(stage, tenant) == [two, one]
        assert shown(stage, tenant, NURSE) == [one]
        assert shown(stage, tenant, to_review=True) == [two]
        assert shown(stage, tenant, to_review=False) == [one]
        rows = {row["glass_id"]: row for row in stage.rows("break_glass", tenant)}
        assert (rows[one]["ended"], rows[one]["finding"], rows[one]["notified_at"]) == ("closed", "unjustified", at(1))
        assert (rows[two]["ended"], rows[two]["ended_at"], rows[two]["finding"]) == ("expired", at(3), None)
