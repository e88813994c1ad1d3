"""How every route behaves: who may, what an answer looks like, how it refuses, how a request is repeated."""

import asyncio
from collections.abc import Callable
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter
from uuid_utils.compat import uuid7

from api.app import create_app, undeclared
from api.security import make_token
from application.kernel.context import Caller
from tests.api.house import House

Client = Callable[..., httpx.AsyncClient]
PLAN = {"name": "Basic Health Plan", "amountCents": 7900, "currency": "INR", "interval": "MONTHLY",
        "appointmentsIncluded": 10, "appointmentTypes": {"IN_PERSON": True}}  # fmt: skip
PLANS = "/api/billing/plans"


def assert_refused(response: httpx.Response, status: int, code: str) -> dict[str, object]:
    body = response.json()
    assert (response.status_code, body["error"]["code"]) == (status, code)
    assert body["success"] is False
    assert body["data"] is None
    assert body["error"]["message"]
    assert body["error"]["request_id"] == response.headers["x-request-id"]
    details: dict[str, object] = body["error"]["details"]
    return details


class TestAnswer:
    @pytest.mark.requirement("R515")
    async def test_has_one_envelope(self, client: Client) -> None:
        response = await client("clinic_admin").post(PLANS, json=PLAN)
        assert response.status_code == 201
        body = response.json()
        assert set(body) == {"success", "data", "meta", "error", "timestamp"}
        assert body["success"] is True
        assert response.headers["etag"] == '"1"'
        assert int(response.headers["x-position"]) > 0
        assert response.headers["cache-control"] == "no-store"

    async def test_goes_by_the_request_id_it_came_with(self, client: Client) -> None:
        given = str(uuid7())
        response = await client("clinic_admin").get(PLANS, headers={"X-Request-ID": given})
        assert response.headers["x-request-id"] == given


class TestCaller:
    @pytest.mark.requirement("R518")
    @pytest.mark.requirement("R346", "R526")
    async def test_without_a_valid_token_is_refused(self, house: House) -> None:
        ring = house.services.identity.ring
        caller = Caller(house.tenant, uuid7(), frozenset({"clinic_admin"}))
        good = make_token(ring, caller)
        hostile = ["", "Basic abc", "Bearer", "Bearer x.y.z", f"Bearer {make_token(ring, caller, seconds=-5)}"]
        for authorization in hostile:
            response = await house.anonymous().get(PLANS, headers={"Authorization": authorization})
            assert_refused(response, 401, "not-authenticated")
            assert response.headers["www-authenticate"] == "Bearer"
        assert "sign in again" in response.json()["error"]["message"]
        fine = await house.anonymous().get(PLANS, headers={"Authorization": f"Bearer {good}"})
        assert fine.status_code == 200

    @pytest.mark.requirement("R519")
    async def test_whose_role_does_not_allow_it_is_refused(self, client: Client) -> None:
        assert_refused(await client("patient").post(PLANS, json=PLAN), 403, "not-permitted")
        assert_refused(await client().get(PLANS), 403, "not-permitted")

    async def test_finds_nothing_of_another_tenant(self, client: Client) -> None:
        made = (await client("clinic_admin").post(PLANS, json=PLAN)).json()["data"]["id"]
        elsewhere = client("clinic_admin", tenant=uuid7())
        assert_refused(await elsewhere.put(f"{PLANS}/{made}", json=PLAN | {"name": "Mine"}), 404, "not-found")
        assert_refused(await elsewhere.get(f"/api/streams/{made}/events"), 404, "not-found")

    @pytest.mark.requirement("R011")
    def test_meets_no_route_without_a_permission(self) -> None:
        app = create_app()
        assert undeclared(app) == []

        careless = APIRouter(prefix="/api/open")

        @careless.get("/door")
        async def open_door() -> None: ...

        app.include_router(careless)
        assert undeclared(app) == ["['GET'] /api/open/door"]


class TestRequest:
    @pytest.mark.requirement("R517")
    async def test_that_is_not_json_is_malformed(self, client: Client) -> None:
        response = await client("clinic_admin").post(PLANS, content=b"{", headers={"Content-Type": "application/json"})
        assert_refused(response, 400, "malformed")

    async def test_of_the_wrong_shape_says_where_and_repeats_no_value(self, client: Client) -> None:
        secret = "Jane Doe was here"
        response = await client("clinic_admin").post(PLANS, json=PLAN | {"amountCents": secret, "surprise": secret})
        details = assert_refused(response, 422, "invalid-request")
        assert {p["where"] for p in details["problems"]} == {"body.amountCents", "body.surprise"}  # type: ignore[attr-defined]
        assert secret not in response.text

    @pytest.mark.requirement("R520")
    @pytest.mark.requirement("R348")
    async def test_to_nowhere_is_not_found(self, client: Client) -> None:
        assert_refused(await client("clinic_admin").get("/api/nowhere"), 404, "no-such-path")
        assert_refused(await client("clinic_admin").patch(PLANS), 405, "method-not-allowed")

    @pytest.mark.requirement("R254")
    async def test_for_more_than_a_thousand_rows_is_refused(self, client: Client) -> None:
        assert_refused(await client("clinic_admin").get(PLANS, params={"limit": 1001}), 422, "invalid-request")
        assert_refused(await client("clinic_admin").get(PLANS, params={"page": 0}), 422, "invalid-request")
        assert_refused(await client("clinic_admin").get(PLANS, params={"limit": 5, "skip": 5}), 422, "invalid")

    async def test_with_a_header_that_means_nothing_is_malformed(self, client: Client) -> None:
        admin = client("clinic_admin")
        made = (await admin.post(PLANS, json=PLAN)).json()["data"]["id"]
        waiting = await admin.get(PLANS, headers={"X-Wait-For": "soon"})
        assert_refused(waiting, 400, "bad-header")
        for name, value in {"If-Match": "latest", "Idempotency-Key": "k" * 256}.items():
            changing = await admin.put(f"{PLANS}/{made}", json=PLAN, headers={name: value})
            assert_refused(changing, 400, "bad-header")


class TestText:
    @pytest.mark.requirement("R533")
    async def test_that_is_sql_is_a_text_like_any_other(self, house: House, client: Client) -> None:
        admin, name = client("clinic_admin"), "Basic'); DROP TABLE event_store.events; --%s $1 {0}"
        made = await admin.post(PLANS, json=PLAN | {"name": name})
        await house.drain()
        listed = await admin.get(PLANS, headers={"X-Wait-For": made.headers["x-position"]})
        assert [plan["name"] for plan in listed.json()["data"]] == [name]
        everybody = {"name": "x' OR '1'='1", "email": "' OR tenant_id IS NOT NULL --"}
        found = await client("doctor").post("/api/directory/patients/search", json=everybody)
        assert found.json()["data"] == []
        for query in ({"sort": "name; DROP TABLE x"}, {"limit": "1; SELECT 1"}):
            assert (await admin.get(PLANS, params=query)).status_code == 422


class TestIdempotencyKey:
    async def test_makes_a_repeated_request_happen_once(self, client: Client) -> None:
        admin, headers = client("clinic_admin"), {"Idempotency-Key": "only once"}
        answers = await asyncio.gather(*(admin.post(PLANS, json=PLAN, headers=headers) for _ in range(10)))
        assert {a.status_code for a in answers} == {201}
        assert len({a.json()["data"]["id"] for a in answers}) == 1
        assert len({a.headers["x-position"] for a in answers}) == 1

    async def test_with_another_request_is_refused(self, client: Client) -> None:
        admin, headers = client("clinic_admin"), {"Idempotency-Key": "only once"}
        await admin.post(PLANS, json=PLAN, headers=headers)
        other = await admin.post(PLANS, json=PLAN | {"name": "Another"}, headers=headers)
        assert_refused(other, 422, "idempotency-key-reused")

    async def test_of_somebody_else_is_not_theirs(self, client: Client) -> None:
        headers = {"Idempotency-Key": "only once"}
        mine = await client("clinic_admin").post(PLANS, json=PLAN, headers=headers)
        theirs = await client("clinic_admin").post(PLANS, json=PLAN, headers=headers)
        assert mine.json()["data"]["id"] != theirs.json()["data"]["id"]


class TestIfMatch:
    async def test_holds_a_change_to_the_version_that_was_read(self, client: Client) -> None:
        admin = client("clinic_admin")
        made = await admin.post(PLANS, json=PLAN)
        plan = f"{PLANS}/{made.json()['data']['id']}"
        changed = await admin.put(plan, json=PLAN | {"name": "New"}, headers={"If-Match": made.headers["etag"]})
        assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
        stale = await admin.put(plan, json=PLAN | {"name": "Newer"}, headers={"If-Match": made.headers["etag"]})
        assert assert_refused(stale, 412, "version-mismatch")["actual"] == 2


class TestWaitFor:
    async def test_answers_only_when_the_read_model_has_got_there(self, house: House, client: Client) -> None:
        admin = client("clinic_admin")
        made = await admin.post(PLANS, json=PLAN)
        headers = {"X-Wait-For": made.headers["x-position"]}
        waiting = asyncio.create_task(admin.get(PLANS, headers=headers))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await house.drain()
        assert [plan["id"] for plan in (await waiting).json()["data"]] == [made.json()["data"]["id"]]

    async def test_gives_up_within_its_bound_and_says_how_far_behind(self, client: Client) -> None:
        admin = client("clinic_admin")
        response = await admin.get(PLANS, headers={"X-Wait-For": "999999"})
        lag = assert_refused(response, 503, "read-model-lagging")["lag"]
        assert isinstance(lag, int)
        assert 0 < lag <= 999999
        assert response.headers["retry-after"] == "1"


class TestOperations:
    @pytest.mark.requirement("R555")
    async def test_health_ready_and_metrics_answer(self, house: House) -> None:
        anyone = house.anonymous()
        assert (await anyone.get("/health")).json()["data"] == {"status": "healthy"}
        await house.drain()
        assert (await anyone.get("/ready")).json()["data"]["status"] == "ready"
        figures = (await anyone.get("/metrics")).text
        assert 'caretrail_consumer_lag_events{consumer="effects"} 0.0' in figures

    async def test_a_stream_is_replayed_for_an_auditor_and_nobody_else(self, client: Client) -> None:
        made = (await client("clinic_admin").post(PLANS, json=PLAN)).json()["data"]["id"]
        path = f"/api/streams/{made}/events"
        events = (await client("auditor").get(path)).json()["data"]
        assert [(e["version"], e["type"]) for e in events] == [(1, "billing.plan.created")]
        assert str(UUID(events[0]["meta"]["actor"])) == events[0]["meta"]["actor"]
        assert_refused(await client("patient").get(path), 403, "not-permitted")

    async def test_a_store_out_of_reach_is_503_and_nothing_is_lost(self, house: House, client: Client) -> None:
        import psycopg
        from psycopg import sql

        admin = client("clinic_admin")
        name = psycopg.conninfo.conninfo_to_dict(house.database_url)["dbname"]
        base = psycopg.conninfo.make_conninfo(house.database_url, dbname="postgres")
        with psycopg.connect(base, autocommit=True) as server:
            server.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(str(name))))
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
            try:
                refused = await admin.post(PLANS, json=PLAN, headers={"Idempotency-Key": "k"})
            finally:
                server.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(str(name))))
        assert_refused(refused, 503, "store-unavailable")
        again = await admin.post(PLANS, json=PLAN, headers={"Idempotency-Key": "k"})
        assert again.status_code == 201
