"""A bounded map whose entries expire: opened keys stay in memory for a while and not for ever."""

from collections import OrderedDict
from time import monotonic
from typing import Generic, TypeVar

CACHED_KEYS, CACHE_SECONDS = 50_000, 300.0

K = TypeVar("K")
V = TypeVar("V")


class Cache(Generic[K, V]):
    """What has expired is not given out any more, and goes with the next sweep; at the bound the oldest goes."""

    def __init__(self, bound: int = CACHED_KEYS, seconds: float = CACHE_SECONDS) -> None:
        self._bound = bound
        self._seconds = seconds
        self._entries: OrderedDict[K, tuple[float, V]] = OrderedDict()  # the first to expire comes first

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K, *, for_seconds: float = 0.0) -> V | None:
        """Return what is kept and stays so for another ``for_seconds``."""
        entry = self._entries.get(key)
        return entry[1] if entry is not None and entry[0] > monotonic() + for_seconds else None

    def put(self, key: K, value: V) -> None:
        """Keep ``value``, at the cost of the oldest when the bound is reached."""
        self._entries.pop(key, None)
        self._entries[key] = (monotonic() + self._seconds, value)
        if len(self._entries) > self._bound:
            self._entries.popitem(last=False)

    def drop(self, key: K) -> None:
        """Forget one."""
        self._entries.pop(key, None)

    def sweep(self) -> None:
        """Forget what has expired."""
        now = monotonic()
        while self._entries and next(iter(self._entries.values()))[0] <= now:
            self._entries.popitem(last=False)

    def clear(self) -> None:
        """Forget all."""
        self._entries.clear()
