"""Whatever is sent, the answer is a refusal that says why, in the one envelope, and never a failure of ours."""

import json

import pytest

from tests.api.house import House
from tests.api.nonsense import Nonsense

ROLES = ("clinic_admin", "doctor", "patient", "receptionist", "auditor", "analyst")


async def ask(house: House, count: int, seed: int) -> list[str]:
    """Send ``count`` requests; return what was answered wrongly."""
    nonsense = Nonsense(house.app.openapi(), seed)
    clients = [house.client(role) for role in ROLES] + [house.client("clinic_admin")] * len(ROLES)
    wrong = []
    for number in range(count):
        client, asked = clients[number % len(clients)], nonsense.request()
        response = await client.request(
            asked.method, asked.path, params=asked.query, content=asked.body,
            headers={"Content-Type": "application/json"}, follow_redirects=True,
        )  # fmt: skip
        if response.status_code >= 500:
            wrong.append(f"{response.status_code} {asked}")
        elif response.status_code >= 400 and not response.json()["error"]["message"]:
            wrong.append(f"says nothing: {asked}")
        elif response.headers["content-type"].startswith("application/json"):
            data = json.loads(response.content)["data"]
            if isinstance(data, dict) and "id" in data:
                nonsense.known = [*nonsense.known[-50:], str(data["id"])]
    return wrong


class TestNonsense:
    @pytest.mark.requirement("R460")
    async def test_is_never_answered_by_a_failure(self, house: House) -> None:
        assert await ask(house, 1500, seed=20261121) == []

    @pytest.mark.long
    @pytest.mark.parametrize("seed", range(10))
    async def test_in_any_amount_is_never_answered_by_a_failure(self, house: House, seed: int) -> None:
        assert await ask(house, 5000, seed) == []


class TestThingOfAnotherKind:
    async def test_is_not_there(self, house: House) -> None:
        admin = house.client("clinic_admin")
        plan = {"name": "Basic", "amountCents": 100, "interval": "MONTHLY"}
        made = (await admin.post("/api/billing/plans", json=plan)).json()["data"]["id"]
        assert (await admin.post(f"/api/appointments/{made}/confirm")).status_code == 404
        assert (await admin.post(f"/api/billing/invoices/{made}/void", json={})).status_code == 404
