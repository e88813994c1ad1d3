"""The quota shown is the quota the events tell, in every state and period."""

from datetime import date
from pathlib import Path

import pytest

from domain.billing.plan import Plan
from domain.billing.subscription import Subscription
from projections.subscription_quota.projector import READ_MODEL
from tests.domain.billing.sample import JANUARY_31, PERSON, STREAM, appointment, at, plan
from tests.projections.ground import ReadModelGround, Telling


def story(offer: Plan) -> list[Telling]:
    """Book two, renew, release one of the old period, book one, fall behind, recover, pause, go on, end."""
    told = Subscription(STREAM)
    told.start(PERSON, offer, "UTC", JANUARY_31)
    told.consume(appointment(1), "IN_PERSON", at(2, 1))
    told.consume(appointment(2), "IN_PERSON", at(2, 2))
    told.catch_up(at(2, 28))
    told.release(appointment(1))
    told.consume(appointment(3), "IN_PERSON", at(3, 1))
    told.mark_past_due(appointment(9))
    told.recover(appointment(9), at(3, 2))
    told.pause(at(3, 3))
    told.resume(at(3, 4))
    told.cancel(at(3, 5), at_period_end=True)
    return [(STREAM, event) for event in told.pending]


@pytest.mark.requirement("R125")
class TestSubscriptionQuota:
    def test_shows_what_the_events_tell(self, database_url: str, tmp_path: Path) -> None:
        ground = ReadModelGround(READ_MODEL, database_url, tmp_path)
        told = story(plan())
        ground.tell(*told)
        (row,) = ground.rows(
            """SELECT status, period, period_start, period_end, ends_on, included, used, remaining, version
               FROM read.subscription_quota"""
        )
        assert row == {
            "status": "ACTIVE", "period": 2, "period_start": date(2026, 2, 28), "period_end": date(2026, 3, 31),
            "ends_on": date(2026, 3, 31), "included": 2, "used": 1, "remaining": 1, "version": len(told),
        }  # fmt: skip

    def test_counts_usage_in_the_period_it_was_booked_in(self, database_url: str, tmp_path: Path) -> None:
        ground = ReadModelGround(READ_MODEL, database_url, tmp_path)
        ground.tell(*story(plan()))
        usage = ground.rows("SELECT period, booked, released FROM read.subscription_usage ORDER BY period")
        assert [tuple(row.values()) for row in usage] == [(1, 2, 1), (2, 1, 0)]

    def test_comes_out_the_same_when_rebuilt(self, database_url: str, tmp_path: Path) -> None:
        ground = ReadModelGround(READ_MODEL, database_url, tmp_path)
        ground.tell(*story(plan()))
        assert ground.rebuild()
        assert ground.drain() == 0
