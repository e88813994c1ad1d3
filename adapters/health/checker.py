"""The checker: looks at parts side by side, each within a bound, and keeps what it found for a few seconds."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from time import monotonic, perf_counter
from typing import Any, NamedTuple

import structlog
from prometheus_client import Gauge

KEPT_SECONDS, BOUND_SECONDS = 5.0, 2.0
#: Bad news are looked at again sooner, lest good ones come late.
BAD_NEWS_SECONDS = 1.0
UP = Gauge("caretrail_part_up", "1: healthy, 0.5: degraded, 0: down, at the last look.", ("part",))
log = structlog.get_logger("health")


class State(StrEnum):
    """How a part is doing."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    """It answers, but something is not as it should be."""
    DOWN = "down"
    NOT_CONFIGURED = "not configured"


LEVEL = {State.HEALTHY: 1.0, State.NOT_CONFIGURED: 1.0, State.DEGRADED: 0.5, State.DOWN: 0.0}


class Seen(NamedTuple):
    """What a look saw. ``detail`` and ``facts`` are for whoever runs the house: never a secret, and nobody's data."""

    state: State
    detail: str = ""
    facts: Mapping[str, Any] = {}


class Finding(NamedTuple):
    """A look, when it was, and how long the part took to answer."""

    seen: Seen
    milliseconds: float | None
    at: datetime


Look = Callable[[], Awaitable[Seen]]
NOT_CONFIGURED = Seen(State.NOT_CONFIGURED)


class Checker:
    """``looks`` by part; without those that are ``needed`` nothing works: when one is down, the whole is."""

    def __init__(
        self, looks: Mapping[str, Look], needed: Iterable[str], kept: float = KEPT_SECONDS, bound: float = BOUND_SECONDS
    ) -> None:
        self.parts = tuple(looks)
        self._looks = looks
        self._needed = frozenset(needed)
        self._kept_for = kept
        self._bound = bound
        self._kept: dict[str, tuple[float, Finding]] = {}
        self._looking: dict[str, asyncio.Task[Finding]] = {}

    async def find(self, part: str) -> Finding:
        """Return how a part is, or was a few seconds ago; of many who ask one looks. Raises KeyError."""
        kept = self._kept.get(part)
        if kept is not None and monotonic() < kept[0]:
            return kept[1]
        running = self._looking.get(part)
        if running is None:
            running = asyncio.get_running_loop().create_task(self._look(part, self._looks[part]))
            self._looking[part] = running
            running.add_done_callback(lambda _: self._looking.pop(part, None))
        return await asyncio.shield(running)

    async def find_all(self, parts: Iterable[str] | None = None) -> dict[str, Finding]:
        """Return how all parts (or those named) are."""
        names = self.parts if parts is None else tuple(parts)
        return dict(zip(names, await asyncio.gather(*map(self.find, names)), strict=True))

    def overall(self, findings: Mapping[str, Finding]) -> State:
        """Return how the whole is: what is not needed only lessens it."""
        states = {finding.seen.state for finding in findings.values()}
        if any(findings[part].seen.state is State.DOWN for part in self._needed & findings.keys()):
            return State.DOWN
        return State.DEGRADED if states & {State.DOWN, State.DEGRADED} else State.HEALTHY

    async def _look(self, part: str, looks: Look) -> Finding:
        started = perf_counter()
        seen = await look(looks, self._bound)
        if seen.state is State.DOWN:
            log.info("health.part.down", part=part, detail=seen.detail)
        taken = None if seen.state is State.NOT_CONFIGURED else round((perf_counter() - started) * 1000, 2)
        finding = Finding(seen, taken, datetime.now(UTC))
        UP.labels(part).set(LEVEL[seen.state])
        well = seen.state in (State.HEALTHY, State.NOT_CONFIGURED)
        self._kept[part] = (monotonic() + min(self._kept_for, self._kept_for if well else BAD_NEWS_SECONDS), finding)
        return finding


async def look(looks: Look, bound: float = BOUND_SECONDS) -> Seen:
    """Return what a look sees; what fails or takes longer than ``bound`` is down, and the kind of failure is told."""
    try:
        return await asyncio.wait_for(looks(), bound)
    except TimeoutError:
        return Seen(State.DOWN, f"no answer within {bound:g} s")
    except Exception as error:
        return Seen(State.DOWN, type(error).__name__)
