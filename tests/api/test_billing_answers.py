"""What billing answers has the shape its documentation promises: nothing more, nothing less."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from api.billing import answers, schemas
from api.envelope import Envelope
from tests.api.billing import INVOICES, PATIENT, PLANS, SUBSCRIPTIONS, appointment, invoices_of, subscribed
from tests.api.house import House

TODAY = datetime.now(UTC).date().isoformat()
READS: list[tuple[str, type[BaseModel]]] = [
    (PLANS, Envelope[list[answers.PlanView]]),
    (PLANS + "/{plan}", Envelope[answers.PlanView]),
    (SUBSCRIPTIONS + "/{subscription}", Envelope[answers.SubscriptionView]),
    (SUBSCRIPTIONS + "/user/{person}", Envelope[list[answers.SubscriptionView]]),
    (SUBSCRIPTIONS + "/{subscription}/can-book-appointment", Envelope[answers.CanBook]),
    (SUBSCRIPTIONS + "/{subscription}/can-book-appointment?type=VIDEO_CALL", Envelope[answers.CanBook]),
    (SUBSCRIPTIONS + "/{subscription}/usage-stats", Envelope[answers.Usage]),
    (INVOICES + "/user/{person}", Envelope[list[answers.InvoiceView]]),
    (INVOICES + "/{invoice}", Envelope[answers.InvoiceView]),
    (INVOICES + "/{invoice}/explain", Envelope[answers.Explained]),
    ("/api/billing/balances/{person}", Envelope[list[answers.Balance]]),
    (f"/api/billing/analytics/revenue?from={TODAY}&to={TODAY}", Envelope[answers.Revenue]),
    ("/api/billing/settings", Envelope[answers.SettingsView]),
]
COMMANDS: list[tuple[str, dict[str, Any] | None, type[BaseModel]]] = [
    (SUBSCRIPTIONS + "/{subscription}/book-appointment/{appointment}", None, Envelope[answers.Booked]),
    (SUBSCRIPTIONS + "/{subscription}/pause", None, Envelope[answers.SubscriptionDone]),
    (INVOICES + "/{invoice}/generate-pdf", None, Envelope[answers.Requested]),
    (INVOICES + "/{invoice}/mark-paid", {"method": "UPI"}, Envelope[answers.InvoiceDone]),
]


class TestAnswers:
    async def test_are_as_documented(self, house: House) -> None:
        subscription = await subscribed(house)
        admin, (invoice,) = house.client("clinic_admin"), await invoices_of(house)
        (plan,) = (await admin.get(PLANS)).json()["data"]
        ids = {
            "plan": plan["id"], "subscription": subscription, "invoice": invoice["id"], "person": PATIENT,
            "appointment": await appointment(house),
        }  # fmt: skip
        for path, model in READS:
            answer = await admin.get(path.format(**ids))
            assert answer.status_code == 200, path
            model.model_validate_json(answer.content)
        for path, body, model in COMMANDS:
            answer = await admin.post(path.format(**ids), json=body)
            assert answer.status_code < 300, path
            model.model_validate_json(answer.content)

    async def test_to_the_settings_are_as_documented(self, house: House) -> None:
        body = schemas.SettingsBody().model_dump(mode="json", by_alias=True)
        answer = await house.client("clinic_admin").put("/api/billing/settings", json=body)
        told = Envelope[answers.SettingsDone].model_validate_json(answer.content).data
        assert told is not None
        assert told.time_zone == "UTC"

    def test_are_described_with_a_summary_and_a_shape(self, house: House) -> None:
        described = house.app.openapi()
        routes = [
            route for path, methods in described["paths"].items() if path.startswith("/api/billing")
            for route in methods.values()
        ]  # fmt: skip
        assert len(routes) >= 30
        for route in routes:
            assert route["summary"]
            ok = next(r for status, r in route["responses"].items() if status.startswith("2"))
            assert ok.get("content"), route["summary"]
