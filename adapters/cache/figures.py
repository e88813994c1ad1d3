"""How the cache does, family by family: what was found and how long the look took."""

from collections import Counter as Sum
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

BUCKETS = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25)


class Found(StrEnum):
    """What a look found."""

    HIT = "hit"
    STALE = "stale"
    """Not up to date, but given while another makes the next."""
    AWAITED = "awaited"
    """Made by another meanwhile."""
    ABSENT = "absent"
    OUTDATED = "outdated"
    """Something it was made of has changed."""
    BEHIND = "behind"
    """Made before the position the caller waits for."""
    CLOSED = "closed"
    """It cannot be opened: the person is erased, or it is not one of ours."""
    UNTOLD = "untold"
    """Nobody tells of changes now, so nothing is believed."""
    UNREACHABLE = "unreachable"


GOOD = frozenset({Found.HIT, Found.STALE, Found.AWAITED})
LOOKS = Counter("caretrail_cache_looks", "Looks into the cache, by what they found.", ("family", "found"))
SECONDS = Histogram("caretrail_cache_seconds", "Time of a look into the cache.", ("family",), buckets=BUCKETS)
MAKING = Histogram("caretrail_cache_making_seconds", "Time to make a value that was not there.", ("family",))
MEMORY = Gauge("caretrail_cache_memory_bytes", "Memory Valkey uses, and may use (0: as much as there is).", ("of",))


def looks(family: str) -> dict[str, int]:
    """Return, by what they found, the looks of this process."""
    return {found.value: int(_value(LOOKS.labels(family, found.value))) for found in Found}


def seen() -> list[str]:
    """Return the families that were looked into by this process."""
    [metric] = LOOKS.collect()
    return sorted({sample.labels["family"] for sample in metric.samples})


def summed(looks: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return the looks of several families as one."""
    total: Sum[str] = Sum()
    for found in looks:
        total.update(found)
    return dict(total)


def hit_rate(found: dict[str, int]) -> float | None:
    """Return the share of looks that spared the making; None before the first look."""
    total = sum(found.values())
    return sum(found[good] for good in GOOD) / total if total else None


def mean_milliseconds(family: str) -> float | None:
    """Return the mean time of this process's looks, in milliseconds."""
    [metric] = SECONDS.labels(family).collect()
    figures = {sample.name.rpartition("_")[2]: sample.value for sample in metric.samples if "bucket" not in sample.name}
    return figures["sum"] / figures["count"] * 1000 if figures["count"] else None


def _value(counter: Any) -> float:
    [metric] = counter.collect()
    return float(next(sample.value for sample in metric.samples if sample.name.endswith("_total")))
