"""What a person owes is what was issued, less what was paid, taken back and written off."""

from pathlib import Path

from projections.outstanding_balance.projector import READ_MODEL
from tests.domain.billing.sample import PERSON
from tests.projections.billed import billed
from tests.projections.ground import ReadModelGround


class TestOutstandingBalance:
    def test_adds_up(self, database_url: str, tmp_path: Path) -> None:
        ground = ReadModelGround(READ_MODEL, database_url, tmp_path)
        ground.tell(*billed())
        (row,) = ground.rows("SELECT * FROM read.outstanding_balance")
        del row["tenant_id"]
        assert row == {
            "person_id": PERSON, "currency": "INR", "outstanding": 12_345, "overdue": 0, "open_invoices": 1,
            "issued": 2 * 13_275 + 12_345, "paid": 13_275, "taken_back": 13_275, "written_off": 0,
        }  # fmt: skip

    def test_shows_what_is_late_until_it_is_paid(self, database_url: str, tmp_path: Path) -> None:
        ground = ReadModelGround(READ_MODEL, database_url, tmp_path)
        told = billed()
        ground.tell(*told[:5])
        assert ground.rows("SELECT outstanding, overdue FROM read.outstanding_balance") == [
            {"outstanding": 13_275, "overdue": 13_275}
        ]
        ground.tell(told[5])
        assert ground.rows("SELECT outstanding, overdue FROM read.outstanding_balance") == [
            {"outstanding": 0, "overdue": 0}
        ]

    def test_comes_out_the_same_when_rebuilt(self, database_url: str, tmp_path: Path) -> None:
        ground = ReadModelGround(READ_MODEL, database_url, tmp_path)
        ground.tell(*billed())
        assert ground.rebuild()
        assert ground.drain() == 0
