"""Every event of money is a fact with its date and sign, and none of them names a person."""

from datetime import date
from pathlib import Path

import pytest

from projections.fact_revenue.projector import READ_MODEL
from tests.domain.billing.sample import PERSON
from tests.projections.billed import billed
from tests.projections.ground import ReadModelGround


@pytest.mark.requirement("R123")
class TestFactRevenue:
    def test_has_a_row_per_event_of_money(self, database_url: str, tmp_path: Path) -> None:
        ground = ReadModelGround(READ_MODEL, database_url, tmp_path)
        ground.tell(*billed())
        rows = ground.rows(
            """SELECT kind, occurred_on, net, tax, amount, method, is_subscription
               FROM read.fact_revenue ORDER BY position"""
        )
        assert [tuple(row.values()) for row in rows] == [
            ("ISSUED", date(2026, 1, 31), 11_665, 1610, 13_275, None, True),
            ("PAID", date(2026, 3, 9), 11_665, 1610, 13_275, "UPI", True),
            ("ISSUED", date(2026, 1, 31), 11_665, 1610, 13_275, None, True),
            ("VOIDED", date(2026, 2, 1), -11_665, -1610, -13_275, None, True),
            ("IMPORTED", date(2020, 5, 1), 12_345, 0, 12_345, None, False),
        ]

    def test_names_no_person(self, database_url: str, tmp_path: Path) -> None:
        ground = ReadModelGround(READ_MODEL, database_url, tmp_path)
        ground.tell(*billed())
        assert str(PERSON) not in str(ground.rows("SELECT t::text FROM read.fact_revenue t"))

    def test_comes_out_the_same_when_rebuilt(self, database_url: str, tmp_path: Path) -> None:
        ground = ReadModelGround(READ_MODEL, database_url, tmp_path)
        ground.tell(*billed())
        assert ground.rebuild()
        assert ground.drain() == 0
