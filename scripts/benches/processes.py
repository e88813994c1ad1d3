"""How soon each process of an installation works once started, and the memory it holds at rest and under load."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import httpx
import psutil
import psycopg
from uuid_utils.compat import uuid7

from adapters.identity.identity import open_ring
from api.security import make_token
from application.kernel.context import Caller
from scripts.benches.common import Effort, Ground, Ratio, Result, median, settings, started
from scripts.benches.load import TIMES, await_answer, free_port, measure, settings_for
from scripts.benches.mixed import asked, furnished

CONNECTIONS = 32
REST_SECONDS, EVERY_SECONDS, PATIENCE = 2.0, 0.25, 60.0
PLAN = {"name": "Basic", "amount": 79, "interval": "MONTHLY", "appointmentsIncluded": 10, "appointmentTypes": {}}
MEGABYTE = 2**20

#: What a process has done when it works: the projector has found an effect, the clock sent it, the worker performed it.
_STATES = {"projector": "true", "clock": "state <> 'waiting'", "worker": "state = 'done'"}
_FOUND = "SELECT 1 FROM effects.effects WHERE {} LIMIT 1"


def run(ground: Ground, effort: Effort) -> Result:
    """Start a whole installation over a new database, once per round."""
    rounds = [_round(ground, effort) for _ in range(effort.rounds)]
    sides = {
        figure: {name: round(median([found[figure][name] for found in rounds]), 2) for name in rounds[0][figure]}
        for figure in rounds[0]
    }
    memory = sum(sides["under_load_mb"].values())
    ratios = [
        Ratio("slowest_start_seconds", max(sides["start_seconds"].values())),
        Ratio("memory_at_rest_mb", sum(sides["at_rest_mb"].values())),
        Ratio("memory_under_load_mb", memory),
    ]
    shown = settings(ground, effort, connections=CONNECTIONS, memory="proportional set size, children included")
    return Result("processes", sides, ratios, shown)


def _round(ground: Ground, effort: Effort) -> dict[str, dict[str, float]]:
    with ground.database() as url, ExitStack() as stack:
        given, port = settings_for(ground, url), free_port()
        base = f"http://127.0.0.1:{port}"
        caller = Caller(uuid7(), uuid7(), frozenset({"clinic_admin", "doctor"}))
        token = make_token(open_ring(given), caller, seconds=86_400)
        more = {"CARETRAIL_RATE_LIMIT_TIMES": str(TIMES)}
        trees: dict[str, psutil.Process] = {}
        seconds: dict[str, float] = {}

        def start(name: str, works: Callable[[], None], *arguments: str) -> None:
            began = time.perf_counter()
            trees[name] = psutil.Process(stack.enter_context(started(given, name, *arguments, more=more)).pid)
            works()
            seconds[name] = time.perf_counter() - began

        start("api", partial(await_answer, base), "--port", str(port))
        _subscribed(base, token)
        with psycopg.connect(url, autocommit=True) as connection:
            for name, state in _STATES.items():
                start(name, partial(_await, connection, _FOUND.format(state)))
        scene = furnished(base, token)
        time.sleep(REST_SECONDS)
        rest = _weighed(trees)
        with _watched(trees) as most:
            measure(base, partial(asked, scene), CONNECTIONS, effort.seconds)
    return {"start_seconds": seconds, "at_rest_mb": rest, "under_load_mb": dict(most)}


def _subscribed(base: str, token: str) -> None:
    """Begin a subscription: an invoice follows from it, which is an effect."""
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=30.0) as client:
        plan = client.post("/api/billing/plans", json=PLAN).raise_for_status().json()["data"]["id"]
        wanted = {"userId": str(uuid7()), "planId": plan}
        client.post("/api/billing/subscriptions", json=wanted).raise_for_status()


def _await(connection: psycopg.Connection[Any], statement: str) -> None:
    end = time.monotonic() + PATIENCE
    while connection.execute(statement.encode()).fetchone() is None:
        if time.monotonic() > end:
            raise TimeoutError(statement)
        time.sleep(0.01)


def _weighed(trees: Mapping[str, psutil.Process]) -> dict[str, float]:
    """Return the megabytes each process holds with its children; a page shared by several counts in parts."""
    return {
        name: sum(each.memory_full_info().pss for each in (head, *head.children(recursive=True))) / MEGABYTE
        for name, head in trees.items()
    }


@contextmanager
def _watched(trees: Mapping[str, psutil.Process]) -> Iterator[dict[str, float]]:
    """Give the most that each held while the block ran."""
    most = _weighed(trees)
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(EVERY_SECONDS):
            most.update({name: max(most[name], weight) for name, weight in _weighed(trees).items()})

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield most
    finally:
        ended.set()
        watching.join()
