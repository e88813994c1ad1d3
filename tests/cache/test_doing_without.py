"""What is kept is a help and never a need: without Valkey answers are the same,; of many at once one computes."""

import asyncio
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from tests.api.billing import BASIC, PATIENT, PLANS, SUBSCRIPTIONS, subscribed
from tests.api.house import Ground, House, open_house
from tests.cache.ground import Looks, data, kept_in
from tests.cache.test_kept_answers import chart_of, whole
from tests.privacy.people import done


class TestWithoutValkey:
    @pytest.mark.requirement("R265")
    async def test_every_read_goes_straight_on(self, ground: Ground) -> None:
        async with open_house(ground, "redis://127.0.0.1:1/0") as house:
            await subscribed(house)
            looks = Looks("user_subscriptions")
            reader = house.client("receptionist")
            for _ in range(20):
                assert len(data(await reader.get(f"{SUBSCRIPTIONS}/user/{PATIENT}"))) == 1
            assert looks.since() == {"unreachable": 20}

    async def test_when_nobody_tells_of_changes_nothing_is_believed(self, ground: Ground, redis_url: str) -> None:
        async with open_house(ground, redis_url) as house:
            finance = house.client("finance_billing")
            done(await finance.post(PLANS, json=BASIC), 201)
            house.project()
            looks = Looks("billing_plans")
            for _ in range(3):
                assert len(data(await finance.get(PLANS))) == 1
            assert looks.since() == {"untold": 3}
            assert not kept_in(redis_url)


class TestManyAtOnce:
    async def test_ask_and_one_makes_it(self, told: House) -> None:
        patient = uuid7()
        doctor = told.client("doctor")
        data(await doctor.get(f"/api/ehr/patients/{patient}/chart", headers=await chart_of(told, patient)))
        questions = Counted(told)
        answers = await asyncio.gather(*(doctor.get(whole(patient)) for _ in range(40)))
        assert {str(data(answer)["activeRecords"]) for answer in answers} == {"1"}
        assert questions.about("patient_timeline") == 1


class Counted:
    """Counts the questions that reach the read models of a house."""

    def __init__(self, house: House) -> None:
        self.statements: list[str] = []
        lanes, ask = house.services.lanes, house.services.lanes.ask

        async def counted(statement: Any, *more: Any) -> Any:
            self.statements.append(statement if isinstance(statement, str) else statement.decode())
            return await ask(statement, *more)

        lanes.__dict__["ask"] = counted

    def about(self, read_model: str) -> int:
        """Return how many were asked of a read model's tables."""
        return sum(f"read.{read_model}" in statement for statement in self.statements)
