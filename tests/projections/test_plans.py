"""Plans stand in the list as they were last revised, and leave the offer when they are withdrawn."""

from pathlib import Path

import msgspec

from domain.billing.events import PlanArchived, PlanCreated, PlanRevised
from projections.plans.projector import READ_MODEL
from tests.domain.billing.sample import BASIC, CLERK, PLAN, inr
from tests.projections.ground import ReadModelGround

CREATED = PlanCreated(name="Basic Health Plan", terms=BASIC)
REVISED = PlanRevised(name="Basic", terms=msgspec.structs.replace(BASIC, amount=inr(9900)))


class TestPlans:
    def test_follow_creation_revision_and_withdrawal(self, database_url: str, tmp_path: Path) -> None:
        ground = ReadModelGround(READ_MODEL, database_url, tmp_path)
        ground.tell((PLAN, CREATED), (PLAN, REVISED), (PLAN, PlanArchived(archived_by=CLERK)))
        (row,) = ground.rows("SELECT name, amount, currency, covers, excludes, archived, version FROM read.plans")
        assert row == {
            "name": "Basic", "amount": 9900, "currency": "INR", "covers": ["IN_PERSON"], "excludes": ["VIDEO_CALL"],
            "archived": True, "version": 3,
        }  # fmt: skip

    def test_come_out_the_same_when_rebuilt(self, database_url: str, tmp_path: Path) -> None:
        ground = ReadModelGround(READ_MODEL, database_url, tmp_path)
        ground.tell((PLAN, CREATED), (PLAN, REVISED))
        assert ground.rebuild()
        assert ground.drain() == 0
