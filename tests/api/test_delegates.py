"""What a person delegates is seen by their delegate, as far as the flags say, and not a moment longer."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from uuid_utils.compat import uuid7

from tests.api.house import House
from tests.api.people import refused, told
from tests.api.scheduling import book

DELEGATES = "/api/users/me/delegates"


class Family:
    """A patient with an appointment, and their daughter."""

    def __init__(self, house: House) -> None:
        self.person, self.daughter = uuid7(), uuid7()
        self.own = house.client("patient", actor=self.person)
        self.delegate = house.client("family_delegate", actor=self.daughter)
        self.delegate.headers["X-On-Behalf-Of"] = str(self.person)

    async def granted(self, **flags: Any) -> None:
        told(await self.own.post(DELEGATES, json={"delegateId": str(self.daughter), **flags}), 201)

    async def schedule(self) -> httpx.Response:
        return await self.delegate.get("/api/appointments")

    async def invoices(self) -> httpx.Response:
        return await self.delegate.get(f"/api/billing/invoices/user/{self.person}")


async def booked(house: House) -> Family:
    family = Family(house)
    await book(house.client("receptionist"), family.person, uuid7())
    await book(house.client("receptionist"), uuid7(), uuid7())
    house.project()
    return family


class TestDelegate:
    async def test_sees_what_the_flags_say_and_nothing_else(self, house: House) -> None:
        family = await booked(house)
        assert told(await family.schedule()) == []
        refused(await family.invoices(), 404, "not-found")
        await family.granted(canViewSchedule=True)
        [seen] = told(await family.schedule())
        assert UUID(seen["patientId"]) == family.person
        refused(await family.invoices(), 404, "not-found")
        await family.granted(canViewBilling=True)
        assert told(await family.schedule()) == []
        assert told(await family.invoices()) == []
        for path in (f"/api/ehr/patients/{family.person}/chart", f"/api/privacy/export?subject={family.person}"):
            refused(await family.delegate.get(path), 403, "not-permitted")

    async def test_sees_nothing_once_it_is_taken_back(self, house: House) -> None:
        family = await booked(house)
        await family.granted(canViewSchedule=True)
        assert len(told(await family.schedule())) == 1
        told(await family.own.delete(f"{DELEGATES}/{family.daughter}"))
        assert told(await family.schedule()) == []
        refused(await family.own.delete(f"{DELEGATES}/{family.daughter}"), 404, "not-found")

    async def test_stands_in_for_nobody_who_did_not_say_so(self, house: House) -> None:
        family = await booked(house)
        await family.granted(canViewSchedule=True)
        family.delegate.headers["X-On-Behalf-Of"] = str(uuid7())
        assert told(await family.schedule()) == []
        nosy = house.client("patient", actor=family.daughter)
        nosy.headers["X-On-Behalf-Of"] = str(family.person)
        assert told(await nosy.get("/api/appointments")) == []

    async def test_is_listed_to_who_delegated_alone(self, house: House) -> None:
        family = await booked(house)
        until = datetime.now(UTC) + timedelta(days=1)
        await family.granted(canViewSchedule=True, canReceiveUpdates=True, endsAt=until.isoformat())
        [seen] = told(await family.own.get(DELEGATES))
        assert (UUID(seen["delegateId"]), seen["canViewBilling"], seen["canReceiveUpdates"]) == (
            family.daughter, False, True,
        )  # fmt: skip
        assert told(await house.client("patient").get(DELEGATES)) == []

    @pytest.mark.parametrize("body", [{}, {"canViewBilling": True, "endsAt": "2020-01-01T00:00:00Z"}])
    async def test_needs_something_to_see_and_a_time_to_come(self, house: House, body: dict[str, Any]) -> None:
        family = Family(house)
        answer = await family.own.post(DELEGATES, json={"delegateId": str(family.daughter), **body})
        refused(answer, 422, "unsound-delegation")
