"""Whose account an e-mail address has, among a million: asked of the database, and of the cache before it."""

import asyncio
import hmac
import random
import time
from collections.abc import Callable, Iterator, Sequence

import psycopg
from uuid_utils.compat import uuid7

from adapters.bootstrap import Services, figures, open_services
from adapters.cache.cache import Cache
from adapters.cache.entry import era_of
from adapters.cache.families import LOG, USER_EMAIL
from adapters.cache.shelf import Shelf
from adapters.identity.keyed import OWNER, KeyedAccounts, KeyedHashes
from adapters.settings import Settings
from adapters.valkey import connect_now
from domain.identity.platform import PLATFORM
from scripts.benches.common import Effort, Ground, Ratio, Result, percentiles, running, settings

USERS, ASKERS = 1_000_000, 4
#: Of the users, so many come again and again within the hour.
HOT = 10_000
CACHED_MS, UNCACHED_MS, HIT_RATE = 10.0, 50.0, 0.99
START_SECONDS = 60.0


def run(ground: Ground, effort: Effort) -> Result:
    """Load the addresses by COPY, then ask with ``ASKERS`` at a time, both sides in turn."""
    users = effort.amount(USERS, 1000)
    hot = range(min(users, effort.amount(HOT, 100)))
    with ground.database() as url, asyncio.Runner() as loop:
        chosen = Settings(state=ground.folder, database_url=url, redis_url=ground.servers.redis_url,
                          logins_file=ground.logins_file)  # fmt: skip
        services = loop.run(open_services(chosen, 4))
        loop.run(services.keys.obtain(services.key_pool, [OWNER]))
        loaded = _load(url, _key_of(services), users)
        accounts, straight = services.identity.accounts, _straight(services)
        everyone = range(users)
        taken: dict[str, list[float]] = {"cached": [], "uncached": [], "unknown": []}
        with running(chosen, "projector"):
            await_eras(ground.servers.redis_url, [LOG])
            loop.run(_come_once(accounts, hot))
            before = figures.looks(USER_EMAIL.name)
            for _ in range(effort.rounds):
                taken["cached"] += loop.run(_asked(accounts, hot, effort.seconds))
                taken["uncached"] += loop.run(_asked(straight, everyone, effort.seconds))
            rate = _rate(before, figures.looks(USER_EMAIL.name))
            taken["unknown"] = loop.run(_asked(straight, range(users, users * 2), effort.seconds))
        shown = settings(ground, effort, users=users, hot=len(hot), askers=ASKERS, load_seconds=round(loaded, 1))
        loop.run(services.close())
    sides = {f"{name}_ms": percentiles(found) | {"asked": len(found)} for name, found in taken.items()}
    ratios = [
        Ratio("cached_p95_ms", sides["cached_ms"]["p95"], CACHED_MS, at_most=True),
        Ratio("uncached_p95_ms", sides["uncached_ms"]["p95"], UNCACHED_MS, at_most=True),
        Ratio("hit_rate", rate, HIT_RATE),
    ]
    return Result("email", sides, ratios, shown)


def _address(number: int) -> str:
    return f"user-{number}@example.org"


def _key_of(services: Services) -> Callable[[str], str]:
    key = services.keys.vault.key_for(*OWNER).search_key
    assert key is not None
    return lambda email: hmac.digest(key, f"identity/email\0{email}".encode(), "sha256").hex()


def _load(url: str, key_of: Callable[[str], str], users: int) -> float:
    started = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as connection:
        copy = "COPY event_store.unique_keys (tenant_id, scope, key, stream_id) FROM STDIN"
        with connection.cursor() as cursor, cursor.copy(copy) as rows:
            for number in range(users):
                rows.write_row((PLATFORM, "email", key_of(_address(number)), uuid7()))
        connection.execute("ANALYZE event_store.unique_keys")
    return time.perf_counter() - started


def _straight(services: Services) -> KeyedAccounts:
    """The same way without Valkey: every look-up is asked of the database."""
    cache = Cache(Shelf(None), services.identity.cipher, services.reached)
    return KeyedAccounts(KeyedHashes(services.key_pool, services.keys), services.store, cache)


def await_eras(redis_url: str, consumers: Sequence[str]) -> None:
    """Return when all of these consumers say that they tell of changes."""
    end = time.monotonic() + START_SECONDS
    with connect_now(redis_url) as client:
        while client.exists(*map(era_of, consumers)) != len(consumers):
            if time.monotonic() > end:
                raise TimeoutError("the projector did not come up")
            time.sleep(0.05)


async def _come_once(accounts: KeyedAccounts, whom: range) -> None:
    """Let each be looked up once: an hour's first look is never in the cache."""
    numbers = iter(whom)

    async def ask() -> None:
        for number in numbers:
            await accounts.holder(_address(number))

    await asyncio.gather(*(ask() for _ in range(ASKERS)))


async def _asked(accounts: KeyedAccounts, whom: range, seconds: float) -> list[float]:
    """Return the milliseconds each look-up took."""
    taken: list[float] = []
    numbers = _draws(whom)
    end = time.perf_counter() + seconds

    async def ask() -> None:
        while (began := time.perf_counter()) < end:
            await accounts.holder(_address(next(numbers)))
            taken.append((time.perf_counter() - began) * 1000)

    await asyncio.gather(*(ask() for _ in range(ASKERS)))
    return taken


def _draws(whom: range) -> Iterator[int]:
    draw = random.Random(7)  # noqa: S311  # which addresses are asked for is no secret
    while True:
        yield draw.randrange(whom.start, whom.stop)


def _rate(before: dict[str, int], after: dict[str, int]) -> float:
    found = {name: after[name] - before[name] for name in after}
    found["unreachable"] = 0  # the side without Valkey
    return figures.hit_rate(found) or 0.0
