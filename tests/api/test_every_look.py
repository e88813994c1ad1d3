"""Every route that shows anyone's data leaves an entry naming them, whatever it answers; one that does not is found."""

import random
from collections import Counter
from string import Formatter
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import httpx
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.requests import Request
from starlette.responses import Response

from adapters.settings import Settings
from api.app import create_app
from api.asking import Asking
from api.security import permit
from domain.access.events import ReadRefused
from domain.identity.sensitivity import READS, Sensitivity, looked_at
from projections.directory import queries as directory
from projections.kernel.lists import Window
from tests.api import billing, scheduling
from tests.api.house import Ground, House, open_house
from tests.api.looks import kept
from tests.api.test_ehr import BODIES, data, record

BOUND = frozenset({"patient_id", "user_id", "record_id", "appointment_id", "invoice_id", "file_name",
                   "subscription_id", "glass_id", "stream_id"})  # fmt: skip
"""Names of path parameters that, here, all lead to the one patient."""
ABOUT = frozenset({"person", "patientId", "subject"})
"""Names of query parameters that say whom a question is about."""
NAME = "Fen Mocklin"
UNHEARD, UNAVAILABLE = frozenset({400, 422}), 503


class Look(NamedTuple):
    """A route that shows someone's data, and the query parameters it is given, by format."""

    method: str
    path: str
    required: dict[str, str]

    @property
    def names(self) -> set[str]:
        """The names of its path parameters."""
        return {name for _, name, _, _ in Formatter().parse(self.path) if name}

    def request(self, ids: dict[str, str]) -> tuple[str, dict[str, str]]:
        """Return the path and the query."""
        own = ids.get(self.path.removesuffix("/history").removesuffix("/{record_id}"), str(uuid4()))
        known = {name: ids.get(name, str(uuid4())) for name in self.names} | {"record_id": own}
        query = {n: ids["patient_id"] if n in ABOUT else ids.get(kind, kind) for n, kind in self.required.items()}
        return self.path.format(**known), query

    async def at(self, client: httpx.AsyncClient, ids: dict[str, str]) -> httpx.Response:
        """Look; what looks by a body looks for the one patient by name."""
        path, query = self.request(ids)
        body = None if self.method == "GET" else {"name": NAME}
        return await client.request(self.method, path, params=query, json=body)


def looks(app: FastAPI) -> list[Look]:
    """Return every route whose answer shows someone's data."""
    paths, schemas = app.openapi()["paths"], app.openapi()["components"]["schemas"]
    found = []
    for context in iter_route_contexts(app.routes):
        route, path = context.original_route, context.path or ""
        permission = getattr(getattr(route, "endpoint", None), "permission", None)
        if permission is None:
            continue
        for method in sorted(context.methods or ()):
            if looked_at(permission, method) is Sensitivity.IMPERSONAL:
                continue
            parameters = paths.get(path, {}).get(method.lower(), {}).get("parameters", [])
            required = {
                p["name"]: kind(p["schema"], schemas)
                for p in parameters
                if p.get("in") == "query" and (p["required"] or p["name"] in ABOUT)
            }
            found.append(Look(method, path, required))
    return found


def kind(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    """Return the format of a parameter, or the first value of those it may have."""
    if "$ref" in schema:
        return str(schemas[schema["$ref"].rpartition("/")[2]]["enum"][0])
    return str(schema.get("format", schema.get("type")))


async def settle(house: House) -> dict[str, str]:
    """Let a patient have one of everything; return ids by the names routes use."""
    patient, doctor_id = uuid4(), uuid4()
    doctor, admin = house.client("doctor", "counselor", actor=doctor_id), house.client("clinic_admin")
    about = {"patientId": str(patient)}
    ids = {f"/api/ehr/{path}": (await record(doctor, path, body | about))["id"] for path, body in BODIES.items()}
    person = {"names": [{"text": NAME}]}
    data(await admin.post("/api/ehr/patients", json=person | about), 201)
    data(await admin.post("/api/ehr/practitioners", json=person | {"practitionerId": str(doctor_id)}), 201)
    ids["subscription_id"] = str(await billing.subscribed(house, patient))
    (invoice,) = await billing.invoices_of(house, patient)
    ids["invoice_id"], ids["file_name"] = invoice["id"], f"{invoice['number']}.pdf"
    ids["appointment_id"] = (await scheduling.book(admin, patient, doctor_id))["id"]
    glass = about | {"reason": "Unconscious"}
    ids["glass_id"] = data(await admin.post("/api/access/break-glass", json=glass), 201)["id"]
    await house.drain()
    return ids | plain(house, patient) | {"practitioner_id": str(doctor_id), "stream_id": ids["/api/ehr/vitals"]}


def plain(house: House, patient: UUID) -> dict[str, str]:
    """Return what a question about a patient of whom nothing is known can name."""
    now = scheduling.soon()
    return {
        "patient_id": str(patient), "user_id": str(patient), "uuid": str(patient), "clinic_id": str(house.tenant),
        "date": now.date().isoformat(), "date-time": f"{now.isoformat()}Z",
        "integer": "0", "position": "1", "version": "1",
    }  # fmt: skip


async def unwatched(
    house: House, client: httpx.AsyncClient, tenant: UUID, looks: list[Look], ids: dict[str, str]
) -> list[str]:
    """Call each route and return what is wrong with what it left behind."""
    wrong, patient = [], UUID(ids["patient_id"])
    for look in looks:
        answer = await look.at(client, ids)
        told = [k.entry for k in kept(house, tenant) if str(k.entry.request_id) == answer.headers["x-request-id"]]
        named = str(patient) in answer.text or bool(look.names & BOUND)
        if answer.status_code in UNHEARD:
            wrong.append(f"{look.path} was not understood: {answer.text}")
        elif not told and answer.status_code != UNAVAILABLE:
            wrong.append(f"{look.path} left no entry")
        elif answer.status_code == 200 and named and not any(patient in entry.subjects for entry in told):
            wrong.append(f"{look.path} did not say at whom it let look")
    return wrong


class TestEveryLook:
    async def test_leaves_an_entry_that_names_who_was_looked_at(self, house: House) -> None:
        ids = await settle(house)
        found = looks(house.app)
        assert len(found) > 60
        admin = house.client("clinic_admin", "counselor")
        assert await unwatched(house, admin, house.tenant, found, ids) == []
        shown = [k for k in kept(house) if k.entry.outcome == "shown"]
        assert len({k.entry.resource for k in shown}) > 0.8 * len(found)

    async def test_leaves_an_entry_when_it_is_refused(self, house: House) -> None:
        ids = plain(house, uuid4())
        found = looks(house.app)
        assert await unwatched(house, house.client("nobody"), house.tenant, found, ids) == []
        assert {k.topic for k in kept(house)} == {ReadRefused.TOPIC}
        assert len(kept(house)) == len(found)

    async def test_leaves_an_entry_when_it_finds_nothing(self, house: House) -> None:
        ids = plain(house, uuid4())
        found = looks(house.app)
        assert await unwatched(house, house.client("clinic_admin"), house.tenant, found, ids) == []

    async def test_of_many_at_random_leaves_at_least_one_entry_each(self, house: House) -> None:
        ids, chance = await settle(house), random.Random(20260301)
        found = looks(house.app)
        clients = [house.client(role) for role in ("clinic_admin", "doctor", "nurse", "patient", "auditor", "analyst")]
        asked: Counter[str] = Counter()
        for _ in range(150):
            where = ids if chance.random() < 0.7 else ids | {"record_id": "x"}
            answer = await chance.choice(found).at(chance.choice(clients), where)
            if answer.status_code not in UNHEARD:
                asked[answer.headers["x-request-id"]] += 1
        entries = Counter(str(k.entry.request_id) for k in kept(house))
        assert asked.total() <= entries.total()
        assert [request for request in asked if entries[request] < 1] == []


class TestTable:
    def test_classifies_the_permission_of_every_route_that_reads(self, ground: Ground) -> None:
        unknown = set()
        for context in iter_route_contexts(ground.app.routes):
            permission = getattr(getattr(context.original_route, "endpoint", None), "permission", None)
            if permission and "GET" in (context.methods or ()) and permission not in READS:
                unknown.add(permission)
        assert unknown == set()


planted = APIRouter(prefix="/api/planted")


@planted.get("/unasked/{patient_id}")
@permit("ehr:read")
async def unasked(patient_id: UUID, request: Request) -> Response:
    """Shows a chart without asking who wants to see it."""
    return Response(str(patient_id))


@planted.get("/unnamed/{record_id}")
@permit("ehr:read")
async def unnamed(record_id: UUID, ask: Asking) -> Response:
    """Reads past the eyes of the access log."""
    reader = ask.services.reader.within(ask.tenant)
    (row,), *_ = await directory.people(reader, ask.tenant, "patient", Window(1))
    return ask.answer(str(row["person_id"]))


@planted.get("/watched/{record_id}")
@permit("ehr:read")
async def watched(record_id: UUID, ask: Asking) -> Response:
    """Reads as every route does."""
    (row,), *_ = await directory.people(ask.reader, ask.tenant, "patient", Window(1))
    return ask.answer(str(row["person_id"]))


class TestPlantedRoute:
    async def test_that_leaves_no_entry_or_names_nobody_is_found(self, ground: Ground, redis_url: str) -> None:
        app = create_app(Settings(state=ground.state, database_url=ground.database_url))
        app.include_router(planted)
        async with open_house(ground._replace(app=app), redis_url) as house:
            ids = await settle(house)
            found = [look for look in looks(app) if "planted" in look.path]
            wrong = await unwatched(house, house.client("clinic_admin"), house.tenant, found, ids)
        assert wrong == [
            "/api/planted/unasked/{patient_id} left no entry",
            "/api/planted/unnamed/{record_id} did not say at whom it let look",
        ]
