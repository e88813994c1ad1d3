"""Says of each request whether it comes too often; when nobody can count for all, each process counts for itself."""

import asyncio
import math
from collections.abc import Iterable, Sequence
from contextvars import Context
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

import structlog

from adapters.kept import kept_secret
from adapters.limits.shared import SharedWindows, Unreachable
from adapters.limits.table import DEFAULT, LIMITS, SCOPES, parsed
from adapters.limits.windows import Count, LocalWindows, Taken, Window
from adapters.settings import Settings
from domain.kernel.errors import Kind, Refused

PREFIX = "caretrail:limit"
AGAIN_SECONDS = 0.5
REMEMBERED = 4096
log = structlog.get_logger("limits")


class TooManyRequests(Refused):
    """More requests than the limit allows."""

    code = "too-many-requests"
    kind = Kind.LIMITED


class LimitsUnavailable(Refused):
    """What tries secrets is closed while attempts cannot be counted for all processes."""

    code = "limits-unavailable"
    kind = Kind.UNAVAILABLE


class Standing(NamedTuple):
    """The tightest window of a request: how many it allows, how many are left, seconds until the next place."""

    most: int
    left: int
    seconds: int


class _Rule(NamedTuple):
    """One window of one limit: its key up to whose it is, how many it holds, how wide it is, by what it counts."""

    prefix: str
    most: int
    seconds: int
    scope: str


class Limiter:
    """Windows over Valkey at ``url`` (None: there is none), and over this process's memory."""

    def __init__(self, settings: Settings, url: str | None) -> None:
        self._rules = {name: _rules(name, settings) for name in LIMITS}
        self._key = blake2b(_secret(settings), digest_size=32, person=b"caretrail limits").digest()
        self._mark = lru_cache(maxsize=REMEMBERED)(self._marked)
        self._shared = SharedWindows(url) if url else None
        self._local = LocalWindows()
        self._probe: asyncio.Task[None] | None = None

    @property
    def alone(self) -> bool:
        """Whether this process counts for itself."""
        return self._shared is None or self._probe is not None

    async def admit(self, names: Iterable[str], address: str, user: str | None) -> Standing:
        """Count a request from ``address``, of ``user`` when they are known, under the default and ``names``.

        Raises TooManyRequests with the time to wait; LimitsUnavailable when a name closes and nobody counts for all.
        """
        named = (DEFAULT, *names)
        windows = self._windows(named, {"user": user, "address": address, "everybody": ""})
        taken = await self._take(windows)
        if self.alone and any(LIMITS[name].closes for name in named):
            raise LimitsUnavailable("This is closed for the moment: try again shortly.", retry_after=5)
        standings = [_standing(window, count) for window, count in zip(windows, taken.counts, strict=True)]
        if taken.counted:
            return min(standings, key=lambda standing: standing.left, default=Standing(0, 0, 0))
        full = max((each for each in standings if not each.left), key=lambda each: each.seconds)
        raise TooManyRequests(
            "Too many requests: wait for the given time.", retry_after=full.seconds, limit=full.most, remaining=0
        )

    async def close(self) -> None:
        """Finish what is under way and close the connections."""
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.wait([self._probe])
        if self._shared is not None:
            await self._shared.close()

    def _windows(self, names: Iterable[str], whose: dict[str, str | None]) -> list[Window]:
        marks = {scope: self._mark(scope, who) for scope, who in whose.items() if who is not None}
        return [
            Window(rule.prefix + marks[rule.scope], rule.most, rule.seconds)
            for name in names
            for rule in self._rules[name]
            if rule.scope in marks
        ]

    def _marked(self, scope: str, who: str) -> str:
        """Return what stands for a user or an address: nobody without the secret can tell, or try, which it is."""
        return blake2b(f"{scope}\0{who}".encode(), digest_size=12, key=self._key).hexdigest() if who else ""

    async def _take(self, windows: Sequence[Window]) -> Taken:
        if self._shared is not None and self._probe is None:
            try:
                return await self._shared.take(windows)
            except Unreachable as error:
                self._lost(str(error))
        return self._local.take(windows)

    def _lost(self, error: str) -> None:
        if self._probe is None:
            log.warning("limits.valkey.lost", error=error)
            self._probe = asyncio.get_running_loop().create_task(self._watch(), context=Context())

    async def _watch(self) -> None:
        """Count alone until Valkey answers again. Requests do not wait for it meanwhile."""
        assert self._shared is not None
        while True:
            if await self._shared.answers():
                log.info("limits.valkey.back")
                self._probe = None
                return
            await asyncio.sleep(AGAIN_SECONDS)


def _secret(settings: Settings) -> bytes:
    """Return what all processes that count together share; those of several machines need the secret of tokens."""
    given = settings.token_secret
    return given.get_secret_value().encode() if given else kept_secret(settings.state / "limits.key")


def _rules(name: str, settings: Settings) -> list[_Rule]:
    found = []
    for scope in SCOPES:
        for item in parsed(settings.rate_limits.get(f"{name}.{scope}", getattr(LIMITS[name], scope))):
            seconds = item.get_expiry()
            prefix = f"{PREFIX}:{name}:{scope}:{seconds}:"
            found.append(_Rule(prefix, item.amount * settings.rate_limit_times, seconds, scope))
    return found


def _standing(window: Window, count: Count) -> Standing:
    return Standing(window.most, max(0, window.most - count.used), max(1, math.ceil(count.seconds)))
