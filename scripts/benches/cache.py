"""What keeping an answer saves, family by family: the same request to the same application, kept and made anew."""

import asyncio
import json
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from fastapi import FastAPI
from uuid_utils.compat import uuid7

from adapters.bootstrap import Services, configure, figures, open_services
from adapters.cache.cache import Cache
from adapters.cache.marks import SOURCES
from adapters.cache.shelf import Shelf
from adapters.settings import Settings
from api.app import create_app
from api.security import make_token
from application.kernel.context import Caller
from scripts.benches.common import Effort, Ground, Ratio, Result, median, running, settings
from scripts.benches.email import await_eras
from scripts.benches.load import TIMES

#: So many entries has the chart, so many plans the clinic.
ENTRIES, PLANS = 300, 20
CACHED_MS = 10.0


class House(NamedTuple):
    """An application, and the token of somebody who may ask for everything."""

    app: FastAPI
    token: str


def run(ground: Ground, effort: Effort) -> Result:
    """Measure each request in turn on both sides, one at a time, in milliseconds."""
    configure("warning")
    with ground.database() as url, asyncio.Runner() as loop:
        kept = Settings(state=ground.folder, database_url=url, redis_url=ground.servers.redis_url,
                        logins_file=ground.logins_file, rate_limit_times=TIMES)  # fmt: skip
        services = [loop.run(open_services(kept, 4)) for _ in range(2)]
        services[1].cache = Cache(Shelf(None), services[1].identity.cipher, services[1].reached)
        houses = {name: _house(each) for name, each in zip(("kept", "made"), services, strict=True)}
        with running(kept, "projector", "worker"):
            await_eras(ground.servers.redis_url, list(SOURCES))
            asked = loop.run(_furnished(houses["kept"], effort))
            found: dict[str, dict[str, list[float]]] = {name: {"kept": [], "made": []} for name in asked}
            for _ in range(effort.rounds):
                for name, request in asked.items():
                    for side, house in houses.items():
                        found[name][side].append(loop.run(_timed(house, request, effort.seconds / len(asked))))
        for each in services:
            loop.run(each.close())
    sides = {name: {f"{s}_ms": round(median(f), 3) for s, f in both.items()} for name, both in found.items()}
    ratios = [Ratio(f"{name}_made_over_kept", both["made_ms"] / both["kept_ms"]) for name, both in sides.items()]
    slowest = max(both["kept_ms"] for both in sides.values())
    looks = {name: figures.mean_milliseconds(name) or 0.0 for name in figures.seen()}
    ratios.append(Ratio("slowest_kept_ms", slowest, CACHED_MS, at_most=True))
    shown = settings(ground, effort, entries=ENTRIES, plans=PLANS, look_ms={n: round(f, 3) for n, f in looks.items()})
    return Result("cache", sides, ratios, shown)


def _house(services: Services) -> House:
    app = create_app(services.settings, services)
    app.state.services = services
    return House(app, make_token(services.identity.ring, Caller(TENANT, uuid7(), frozenset({"clinic_admin"})), 86_400))


TENANT = uuid7()


async def _furnished(house: House, effort: Effort) -> dict[str, tuple[str, str, Any]]:
    """Give a clinic a patient with a chart, plans, and a practitioner with hours; return what is asked, by family."""
    practitioner, moment = uuid7(), datetime.now(UTC)
    patient = (await _told(house, "POST", "/api/ehr/patients", PATIENT))["id"]
    made = [
        await _told(house, "POST", "/api/billing/plans", PLAN | {"name": f"Plan {number}"})
        for number in range(effort.amount(PLANS))
    ]
    await _told(house, "POST", "/api/billing/subscriptions", {"userId": patient, "planId": made[0]["id"]})
    await _told(house, "PUT", f"/api/practitioners/{practitioner}/working-hours", HOURS)
    for number in range(effort.amount(ENTRIES)):
        at = (moment - timedelta(hours=number)).isoformat()
        await _told(house, "POST", "/api/ehr/vitals", VITAL | {"patientId": patient, "effectiveAt": at})
    last = date.today() + timedelta(days=28)  # noqa: DTZ011  # any month will do
    free = f"/api/practitioners/{practitioner}/free-times"
    return {
        "billing_plans": ("GET", "/api/billing/plans", None),
        "user_subscriptions": ("GET", f"/api/billing/subscriptions/user/{patient}", None),
        "ehr:comprehensive": ("GET", f"/api/ehr/comprehensive/{patient}", None),
        "free_times": ("GET", f"{free}?to={last}", None),
        "user_search": ("POST", "/api/directory/patients/search", {"name": "Sousa"}),
    }


async def _timed(house: House, request: tuple[str, str, Any], seconds: float) -> float:
    for _ in range(3):
        await _told(house, *request)
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds or not count:
        await _told(house, *request)
        count += 1
    return (time.perf_counter() - started) / count * 1000


async def _told(house: House, method: str, target: str, body: Mapping[str, Any] | None) -> Any:
    """Ask the application itself, without a client or a server in between; the data of the answer."""
    path, _, query = target.partition("?")
    content = json.dumps(body).encode() if body is not None else b""
    headers = [(b"authorization", f"Bearer {house.token}".encode()), (b"content-type", b"application/json"),
               (b"content-length", str(len(content)).encode())]  # fmt: skip
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query.encode(),
             "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "scheme": "http",
             "root_path": "", "http_version": "1.1"}  # fmt: skip
    status, parts = 0, []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)
        parts.append(message.get("body", b""))

    await house.app(scope, receive, send)
    if status >= 300:
        raise RuntimeError(f"{method} {path} answers {status}")
    return json.loads(b"".join(parts))["data"] if method != "GET" else None


PATIENT = {"names": [{"text": "Ana Sousa", "family": "Sousa", "given": ["Ana"]}], "birthDate": "1980-01-01"}
PLAN = {"name": "Basic", "amount": 79, "interval": "MONTHLY", "appointmentsIncluded": 10, "appointmentTypes": {}}
VITAL = {"type": "heart_rate", "value": "72", "unit": "bpm"}
HOURS = {
    "zone": "Europe/Lisbon", "capacity": 1, "stepMinutes": 15, "windowDays": 60, "noticeMinutes": 0,
    "hours": [{"weekday": day, "opens": "08:00", "closes": "18:00"} for day in range(5)],
}  # fmt: skip
