"""Whoever changes something is told where that left the store, and whoever reads can wait for it, on every route."""

from api import asking
from api.openapi import Described, operations
from tests.api.house import Ground, House, open_house
from tests.api.test_every_look import settle
from tests.contract.lists import placed

#: Kept by hand: what reads the log itself, which is never behind, or nothing that was ever recorded.
LOG = {
    *("/health", "/ready", "/metrics", "/api/healthcheck", "/api/health/{service}", "/api/operations/health"),
    *("/api/operations/cache", "/api/operations/config", "/api/roles", "/api/streams/{stream_id}/events"),
    *("/api/audit/patients/{patient_id}/accesses", "/api/audit/patients/{patient_id}/disclosures"),
    *("/api/audit/history", "/api/audit/history.ndjson", "/api/audit/streams/{stream_id}/state"),
    *("/api/audit/patients/{patient_id}/chart/difference", "/api/audit/consistency"),
    *("/api/audit/proofs/{position}", "/api/audit/proofs/{stream_id}/{version}"),
    *("/api/auth/providers", "/api/auth/providers/{name}/authorize", "/api/auth/callback", "/auth/callback"),
    *("/api/auth/links", "/api/users/me", "/api/users/me/delegates", "/api/billing/settings"),
    "/api/billing/subscriptions/{subscription_id}/can-book-appointment",
    *("/api/billing/invoices/{invoice_id}/explain", "/api/privacy/cases/{case_id}/notes"),
    *("/api/privacy/export", "/api/privacy/restricted"),
}
#: Kept by hand: what records nothing, or nothing that is read back from a read model by whoever asked.
WITHOUT_POSITION = {
    *(f"/api/auth/{name}" for name in ("register", "login", "refresh", "forgot-password", "reset-password")),
    *(f"/api/auth/{name}" for name in ("logout", "logout-everywhere", "change-password", "step-up")),
    *(f"/api/auth/{name}" for name in ("otp/request", "otp/verify", "totp/enrol", "totp/confirm")),
    *(f"/api/auth/{name}" for name in ("switch-organization", "callback", "callback/second-factor")),
    *("/api/auth/sessions/{session_id}", "/api/auth/links/{name}", "/api/auth/links/{link_id}"),
    *("/api/webhooks/identity/{name}", "/api/invitations/view", "/api/invitations/decline"),
    *("/api/directory/patients/search", "/api/directory/practitioners/search", "/api/ehr/clinic/{clinic_id}/search"),
}
NEVER = str(10**17)


def every(ground: Ground) -> list[Described]:
    return list(operations(ground.app, ground.app.openapi()))


class TestEveryChange:
    def test_tells_where_it_left_the_store(self, ground: Ground) -> None:
        changes = [one for one in every(ground) if one.method != "get"]
        assert {one.path for one in changes if not one.comes_to(asking.Ask.told)} == WITHOUT_POSITION
        for one in changes:
            if one.path not in WITHOUT_POSITION:
                answers = [r for status, r in one.operation["responses"].items() if status.startswith("2")]
                assert all("X-Position" in answer["headers"] for answer in answers), one.path


class TestEveryRead:
    def test_can_be_made_to_wait_but_where_there_is_nothing_to_wait_for(self, ground: Ground) -> None:
        reads = [one for one in every(ground) if one.method == "get"]
        assert {one.path for one in reads if not one.comes_to(asking.Ask.fresh)} == LOG

    async def test_says_how_far_behind_it_is_when_it_cannot_wait_longer(self, ground: Ground, redis_url: str) -> None:
        async with open_house(ground, redis_url, wait_for_seconds=0.01) as house:
            wrong = await self.unanswered(house, [one for one in every(ground) if one.comes_to(asking.Ask.fresh)])
        assert wrong == []

    async def unanswered(self, house: House, reads: list[Described]) -> list[str]:
        known = await settle(house) | {"organization_id": str(house.tenant)}
        system, wrong = house.client("system"), []
        assert len(reads) > 70
        for one in reads:
            names = [p["name"] for p in one.operation["parameters"] if p.get("in") == "query" and p.get("required")]
            query = {name: known.get(name, known["date"]) for name in names}
            if "patientId" in {p.get("name") for p in one.operation["parameters"]}:
                query["patientId"] = known["patient_id"]
            path = placed(one.path, known | {"record_id": known["/api/ehr/vitals"]})
            body = {"name": "Fen Mocklin"} if one.method == "post" else None
            headers = {"X-Wait-For": NEVER}
            response = await system.request(one.method.upper(), path, params=query, json=body, headers=headers)
            said = response.json().get("error") or {}
            lagging = (response.status_code, said.get("code")) == (503, "read-model-lagging")
            if not lagging or said["details"]["lag"] <= 0 or "retry-after" not in response.headers:
                wrong.append(f"{one.method} {path}: {response.status_code} {said.get('code')}")
        return wrong
