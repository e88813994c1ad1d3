"""Ids of things of another kind lead nowhere."""

from tests.api.house import House


class TestThingOfAnotherKind:
    async def test_is_not_there(self, house: House) -> None:
        admin = house.client("clinic_admin")
        plan = {"name": "Basic", "amountCents": 100, "interval": "MONTHLY"}
        made = (await admin.post("/api/billing/plans", json=plan)).json()["data"]["id"]
        assert (await admin.post(f"/api/appointments/{made}/confirm")).status_code == 404
        assert (await admin.post(f"/api/billing/invoices/{made}/void", json={})).status_code == 404
