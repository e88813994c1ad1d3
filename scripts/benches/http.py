"""Booking and reading over HTTP beside a route that does nothing, on the same server behind the same middleware."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from adapters.bootstrap import Role, open_runner
from adapters.logins import url_for
from api.security import make_token
from application.kernel.context import Caller
from scripts.benches.common import Effort, Ground, Ratio, Result, in_turn, median, percentiles, settings
from scripts.benches.load import PATIENTS, PROCESSES, Load, Request, booking, measure, serving, settings_for, written

CONNECTIONS = (1, 32, 256)
BOUND_MS = 2_000.0
Asked = Callable[[int], Request]


def run(ground: Ground, effort: Effort) -> Result:
    """Measure no-op, read and booking in turn at 1, 32 and 256 connections."""
    caller = Caller(uuid7(), uuid7(), frozenset({"clinic_admin"}))
    with ground.database() as url, serving(ground, url) as (base, ring):
        token = make_token(ring, caller, seconds=86_400)
        headers = {"Authorization": f"Bearer {token}"}
        made = httpx.post(f"{base}/api/appointments", json=booking(10**9), headers=headers).raise_for_status()
        with open_runner(url_for(settings_for(ground, url), Role.PROJECTOR)) as runner:
            runner.drain()
        asked: dict[str, Asked] = {
            "noop": _reading(base, "/bench/noop", token),
            "noop_in_turn": _reading(base, "/bench/noop-in-turn", token),
            **_reads(base, token, caller.tenant_id, made.json()["data"]["id"]),
            "command": lambda n: Request("", written(base, token, "POST", "/api/appointments", booking(n)), b"201"),
        }
        sides: dict[str, dict[str, Any]] = {}
        for connections in CONNECTIONS:
            loads: dict[str, list[Load]] = {name: [] for name in asked}

            def side(name: str, connections: int = connections, into: dict[str, list[Load]] = loads) -> float:
                into[name].append(measure(base, asked[name], connections, effort.seconds))
                return into[name][-1].rate

            figures = in_turn(effort.rounds, {name: partial(side, name) for name in asked})
            sides[str(connections)] = {name: _figures(figures[name], loads[name]) for name in asked}
    shown = settings(
        ground, effort, server_processes=PROCESSES, client_processes=1, connections=CONNECTIONS, patients=len(PATIENTS)
    )
    return Result("http", sides, _ratios(sides), shown)


def _ratios(sides: Mapping[str, dict[str, Any]]) -> list[Ratio]:
    rate = {name: figures["per_second"] for name, figures in sides["32"].items()}
    slowest = sides["256"]["command"]["p99"]
    return [
        Ratio("command_over_noop_at_32", rate["command"] / rate["noop"], 0.4),
        Ratio("read_over_noop_at_32", rate["read"] / rate["noop"], 0.4),
        Ratio("read_over_read_unrecorded_at_32", rate["read"] / rate["read_unrecorded"]),
        # Authentication, policy and row-level security cost a read a quarter of its time at most.
        Ratio("read_unrecorded_over_read_unguarded_at_32", rate["read_unrecorded"] / rate["read_unguarded"], 0.8),
        Ratio("command_over_noop_in_turn_at_32", rate["command"] / rate["noop_in_turn"]),
        Ratio("read_over_noop_in_turn_at_32", rate["read"] / rate["noop_in_turn"]),
        Ratio("command_p99_ms_at_256", slowest, BOUND_MS, at_most=True),
        Ratio("errors", sum(each["errors"] for side in sides.values() for each in side.values()), 0, at_most=True),
    ]


def _figures(rates: list[float], loads: list[Load]) -> dict[str, float]:
    every = [figure for load in loads for taken in load.taken.values() for figure in taken]
    errors = sum(load.errors for load in loads)
    return {"per_second": round(median(rates)), **percentiles(every), "errors": errors}


def _reads(base: str, token: str, tenant_id: UUID, booked: str) -> dict[str, Asked]:
    """Return the three ways to read one appointment. Raises AssertionError when they do not tell the same."""
    paths = {
        "read": f"/api/appointments/{booked}",
        "read_unrecorded": f"/bench/unrecorded/{booked}",
        "read_unguarded": f"/bench/unguarded/{tenant_id}/{booked}",
    }
    headers = {"Authorization": f"Bearer {token}"}
    found = [httpx.get(f"{base}{path}", headers=headers) for path in paths.values()]
    first, *others = [(each.json()["data"], each.headers["etag"]) for each in found]
    assert others == [first, first], "there is nothing to compare"
    return {name: _reading(base, path, token) for name, path in paths.items()}


def _reading(base: str, path: str, token: str) -> Asked:
    request = Request("", written(base, token, "GET", path), b"200")
    return lambda _: request
