"""A clinic's mixture over HTTP: of ten requests seven read, two book and one enters a finding; all checks are on.

The processes that consume the feed run beside the API, as in production.
"""

import resource
import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any, NamedTuple

import httpx
from uuid_utils.compat import uuid7

from api.security import make_token
from application.kernel.context import Caller
from scripts.benches.common import Effort, Ground, Ratio, Result, in_turn, median, percentiles, running, settings
from scripts.benches.load import (
    DAY,
    PATIENTS,
    START_SECONDS,
    Load,
    Request,
    booking,
    measure,
    serving,
    settings_for,
    written,
)

CONNECTIONS = (1, 32, 256, 1_000)
#: The appointments that are looked at.
KNOWN = 50
FILES = 8_192


class Scene(NamedTuple):
    """Where one asks, as whom, and what is there to be asked for."""

    base: str
    token: str
    appointments: list[str]
    charts: list[str]


def run(ground: Ground, effort: Effort) -> Result:
    """Put the mixture on the API from 1, 32, 256 and 1,000 connections in turn."""
    _allow_files()
    caller = Caller(uuid7(), uuid7(), frozenset({"clinic_admin", "doctor"}))
    with ground.database() as url, serving(ground, url) as (base, ring):
        token = make_token(ring, caller, seconds=86_400)
        loads: dict[int, list[Load]] = {connections: [] for connections in CONNECTIONS}

        with running(settings_for(ground, url), "projector", "worker", "clock"):
            scene = furnished(base, token)

            def side(connections: int) -> float:
                loads[connections].append(measure(base, partial(asked, scene), connections, effort.seconds))
                return loads[connections][-1].rate

            sides: Mapping[str, Callable[[], float]] = {str(each): partial(side, each) for each in CONNECTIONS}
            rates = in_turn(effort.rounds, sides)
    found = {str(each): _figures(rates[str(each)], loads[each]) for each in CONNECTIONS}
    errors = sum(figures["errors"] for figures in found.values())
    shown = settings(
        ground, effort, connections=CONNECTIONS, mixture={"read": 0.7, "booking": 0.2, "clinical": 0.1},
        patients=len(PATIENTS), client_processes=1,
    )  # fmt: skip
    ratios = [Ratio("errors", errors, 0, at_most=True)]
    ratios += [Ratio(f"per_second_at_{name}", figures["per_second"]) for name, figures in found.items()]
    return Result("mixed", found, ratios, shown)


def _figures(rates: list[float], loads: list[Load]) -> dict[str, Any]:
    kinds = sorted({kind for load in loads for kind in load.taken})
    return {
        "per_second": round(median(rates)),
        "errors": sum(load.errors for load in loads),
        **{f"{kind}_ms": percentiles([each for load in loads for each in load.taken.get(kind, ())]) for kind in kinds},
    }


def asked(scene: Scene, number: int) -> Request:
    """Return the ``number``-th request; ten of them are the whole mixture."""
    ask = partial(written, scene.base, scene.token)
    match number % 10:
        case 0 | 3 | 6:
            known = scene.appointments[number // 10 % len(scene.appointments)]
            return Request("read", ask("GET", f"/api/appointments/{known}"), b"200")
        case 1 | 4:
            return Request("read", ask("GET", "/api/appointments?limit=20"), b"200")
        case 5 | 9:
            return Request("chart", ask("GET", f"/api/ehr/patients/{_one_of(scene.charts, number)}/summary"), b"200")
        case 2 | 7:
            return Request("booking", ask("POST", "/api/appointments", booking(number), str(uuid7())), b"201")
        case _:
            entry = _vital(_one_of(scene.charts, number), number)
            return Request("clinical", ask("POST", "/api/ehr/vitals", entry, str(uuid7())), b"201")


def _one_of(names: list[str], number: int) -> str:
    return names[number // 10 % len(names)]


def _vital(patient: str, number: int) -> dict[str, object]:
    at = DAY - timedelta(days=3_650, minutes=number % 500_000)
    return {"patientId": patient, "type": "heart_rate", "value": str(60 + number % 40), "unit": "bpm",
            "effectiveAt": at.isoformat()}  # fmt: skip


def furnished(base: str, token: str) -> Scene:
    """Let a clinic have patients with charts, and appointments; return when all of it can be read."""
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=30.0) as client:

        def told(path: str, body: dict[str, object]) -> str:
            return str(client.post(path, json=body).raise_for_status().json()["data"]["id"])

        charts = [told("/api/ehr/patients", _patient(number)) for number in range(KNOWN)]
        appointments = [told("/api/appointments", booking(10**9 + number)) for number in range(KNOWN)]
        for path in (f"/api/appointments/{appointments[-1]}", f"/api/ehr/patients/{charts[-1]}/summary"):
            _await_success(client, path)
    return Scene(base, token, appointments, charts)


def _await_success(client: httpx.Client, path: str) -> None:
    end = time.monotonic() + START_SECONDS
    while not (response := client.get(path)).is_success:
        if time.monotonic() > end:
            response.raise_for_status()
        time.sleep(0.05)


def _patient(number: int) -> dict[str, object]:
    name = {"text": f"Ana Sousa {number}", "family": "Sousa", "given": ["Ana"]}
    return {"names": [name], "birthDate": str(date(1980, 1, 1) + timedelta(days=number))}


def _allow_files() -> None:
    """A thousand connections are a thousand open files, here and in the server we start."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
