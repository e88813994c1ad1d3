"""Our own parts: database, read models, logs, rules, cache, queue, keys, disk."""

import shutil
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from adapters.cache import figures
from adapters.health.checker import Look, Seen, State
from adapters.merkle.observe import MerkleState
from adapters.postgres.observe import ConsumerState
from adapters.settings import Settings
from adapters.valkey import connect
from adapters.watch.board import Board
from adapters.watch.working import OVERDUE_ALLOWED, UNSIGNED_ALLOWED

LAG_ALLOWED = 50_000
#: Of what Valkey may use, and of what our connections may be.
MEMORY_ALLOWED, POOL_ALLOWED = 0.5, 0.8
FREE_BYTES = 1 << 30
#: Of the looks into the cache so many shall spare the making, once there were enough to tell.
HITS_WANTED, LOOKS_ENOUGH = 0.85, 1000
PING_SECONDS = 1.5


class Parts(NamedTuple):
    """What is asked how it is doing."""

    consumers: Callable[[], Awaitable[list[ConsumerState]]]
    effects: Callable[[], Awaitable[tuple[dict[str, int], float]]]
    merkle: Callable[[], Awaitable[MerkleState]]
    watched: Callable[[], Awaitable[Board]]
    keys: Callable[[], Awaitable[None]]
    pool: Callable[[], dict[str, int]]
    redis_url: str | None


def looks(settings: Settings, parts: Parts) -> dict[str, Look]:
    """Return how each is looked at."""
    return {
        "database": lambda: database(parts),
        "audit-database": lambda: log_of_evidence(parts),
        "rules": lambda: rules(parts),
        "keys": lambda: keys(parts),
        "upstash-redis": lambda: valkey(parts.redis_url),
        "cache": cache,
        "queue": lambda: queue(parts),
        "storage": lambda: storage(settings),
    }


async def database(parts: Parts) -> Seen:
    """The event store answers, and its consumers follow."""
    states, pool = await parts.consumers(), parts.pool()
    trouble = {s.consumer: s.halted or f"lag {s.lag}" for s in states if s.halted or s.lag > LAG_ALLOWED}
    used = pool.get("pool_size", 0) - pool.get("pool_available", 0)
    facts = {
        "consumers": {s.consumer: {"lag": s.lag, "parked": s.parked} for s in states},
        "trouble": trouble,
        "connections": {"used": used, "most": pool.get("pool_max", 0), "waiting": pool.get("requests_waiting", 0)},
    }
    if trouble:
        return Seen(State.DEGRADED, f"not up to date: {', '.join(sorted(trouble))}", facts)
    if used > POOL_ALLOWED * pool.get("pool_max", used):
        return Seen(State.DEGRADED, "nearly all connections are in use", facts)
    return Seen(State.HEALTHY, "", facts)


async def log_of_evidence(parts: Parts) -> Seen:
    """What was recorded is signed soon, and kept outside."""
    state = await parts.merkle()
    refused = [delivery.anchor for delivery in state.deliveries if delivery.refused]
    facts = {"leaves": {log.kind: log.leaves for log in state.logs}, "oldestUnsignedSeconds": round(state.age, 1)}
    if state.age > UNSIGNED_ALLOWED:
        return Seen(State.DEGRADED, "no checkpoint covers what was recorded a while ago", facts)
    if refused:
        return Seen(State.DEGRADED, f"checkpoints are refused by {', '.join(refused)}", facts)
    return Seen(State.HEALTHY, "", facts)


async def rules(parts: Parts) -> Seen:
    """What must hold does, as far as was seen, and somebody looks."""
    seen = await parts.watched()
    broken = {rule: [f"{r.about} {r.value:g}".strip() for r in found] for rule, found in seen.broken().items()}
    unseen = seen.unseen()
    facts = {"broken": broken, "unseen": unseen}
    if broken:
        return Seen(State.DEGRADED, f"broken: {', '.join(broken)}", facts)
    if unseen:
        return Seen(State.DEGRADED, f"nobody can say whether it holds: {', '.join(unseen)}", facts)
    return Seen(State.HEALTHY, "", facts)


async def keys(parts: Parts) -> Seen:
    """Revocations can be heard: without that nothing personal is opened."""
    await parts.keys()
    return Seen(State.HEALTHY)


async def valkey(url: str | None) -> Seen:
    """Valkey answers, has room, and throws no message out."""
    if url is None:
        return Seen(State.DOWN, "no server is named or runs here")
    client = connect(url, 1, PING_SECONDS)
    try:
        info: Any = await client.info()
        policy: Any = await client.config_get("maxmemory-policy")
    finally:
        await client.aclose()
    used, most = int(info["used_memory"]), int(info.get("maxmemory", 0))
    name = "valkey" if "valkey_version" in info else "redis"
    version = f"{name} {info.get('valkey_version', info['redis_version'])}"
    facts = {"version": version, "memoryBytes": used, "memoryMost": most}
    if policy.get(b"maxmemory-policy", b"noeviction") != b"noeviction":
        return Seen(State.DEGRADED, "maxmemory-policy must be noeviction: messages may be thrown out", facts)
    if most and used > MEMORY_ALLOWED * most:
        return Seen(State.DEGRADED, "more than half of its memory is used", facts)
    return Seen(State.HEALTHY, version, facts)


async def cache() -> Seen:
    """What this process looked for in the cache was there."""
    found = {family: figures.looks(family) for family in figures.seen()}
    total = figures.summed(found.values())
    rate = figures.hit_rate(total)
    count, rates = sum(total.values()), {family: figures.hit_rate(looked) for family, looked in found.items()}
    facts = {"looks": count, "hitRate": rate, "families": rates}
    if rate is not None and rate < HITS_WANTED and count >= LOOKS_ENOUGH:
        return Seen(State.DEGRADED, f"only {rate:.0%} of the looks into the cache find what they look for", facts)
    return Seen(State.HEALTHY, "", facts)


async def queue(parts: Parts) -> Seen:
    """What is due is done."""
    states, overdue = await parts.effects()
    facts = {"effects": states, "oldestDueSeconds": round(overdue, 1)}
    if states.get("failed"):
        return Seen(State.DEGRADED, f"{states['failed']} effects failed for good", facts)
    if overdue > OVERDUE_ALLOWED:
        return Seen(State.DEGRADED, f"the oldest due effect has waited {overdue:.0f} s", facts)
    return Seen(State.HEALTHY, "", facts)


async def storage(settings: Settings) -> Seen:
    """There is room for files."""
    place = settings.files_directory
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    facts = {"freeBytes": free}
    return (
        Seen(State.HEALTHY, "", facts) if free > FREE_BYTES else Seen(State.DEGRADED, "the disk is nearly full", facts)
    )
