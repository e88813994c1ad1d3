"""Access tokens: signing, verifying, recognising one seen before; and all of authentication on a request's way."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

from uuid_utils.compat import uuid7

from adapters.bootstrap import Services, open_services
from adapters.identity.access_tokens import signed, verified
from adapters.settings import Settings
from application.ports.tokens import Bearer
from domain.identity.epoch import Epoch
from domain.identity.kinds import Method
from scripts.benches.common import Effort, Ground, Ratio, Result, in_turn, median, settings

TARGET_MS, EXPECTED_MS = 10.0, 0.1
#: Sessions and roles withdrawn within the life of a token, on a busy day.
WITHDRAWN = 10_000


def run(ground: Ground, effort: Effort) -> Result:
    """Measure each in turn, in microseconds of one core."""
    with ground.database() as url, asyncio.Runner() as loop:
        chosen = Settings(state=ground.folder, database_url=url, redis_url=ground.servers.redis_url,
                          logins_file=ground.logins_file)  # fmt: skip
        services = loop.run(open_services(chosen, 2))
        bearer = _bearer()
        ring, tokens = services.identity.ring, services.identity.tokens
        text = signed(ring, bearer, 3600)
        known = services.identity.withdrawals.heard
        known.update({uuid7(): (1, time.monotonic()) for _ in range(effort.amount(WITHDRAWN))})
        sides = {
            "sign_us": lambda: _each(effort.seconds, lambda: signed(ring, bearer, 3600)),
            "verify_us": lambda: _each(effort.seconds, lambda: verified(ring, text)),
            "recognise_us": lambda: _each(effort.seconds, lambda: tokens.read(text)),
            "authenticate_us": lambda: loop.run(_authenticated(services, text, effort.seconds)),
        }
        figures = {name: median(found) for name, found in in_turn(effort.rounds, sides).items()}
        shown = settings(ground, effort, withdrawn=len(known))
        loop.run(services.close())
    milliseconds = figures["verify_us"] / 1000
    ratios = [
        Ratio("verify_ms", milliseconds, TARGET_MS, at_most=True),
        Ratio("verify_expected_ms", milliseconds, EXPECTED_MS, at_most=True),
    ]
    return Result("tokens", {name: round(found, 2) for name, found in figures.items()}, ratios, shown)


def _bearer() -> Bearer:
    return Bearer(
        uuid7(), uuid7(), uuid7(), frozenset({"doctor", "patient"}), (Method.PASSWORD, Method.TOTP), datetime.now(UTC),
        Epoch(7, 3),
    )  # fmt: skip


def _each(seconds: float, work: Callable[[], object]) -> float:
    """Return the microseconds one call takes."""
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        for _ in range(100):
            work()
        count += 100
    return (time.perf_counter() - started) / count * 1e6


async def _authenticated(services: Services, text: str, seconds: float) -> float:
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        for _ in range(100):
            await services.identity.withdrawals.confirm(services.identity.tokens.read(text))
        count += 100
        await asyncio.sleep(0)
    return (time.perf_counter() - started) / count * 1e6
