"""A moving window, what it says of one request, and the windows of this process alone."""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import NamedTuple

#: Windows one process keeps; beyond that those unused for longest are forgotten.
REMEMBERED = 50_000


class Window(NamedTuple):
    """At most ``most`` requests in any ``seconds``. ``key`` says whose, and names nobody."""

    key: str
    most: int
    seconds: int


class Count(NamedTuple):
    """What a window holds now, and after how many seconds the next place in it becomes free."""

    used: int
    seconds: float


class Taken(NamedTuple):
    """Whether a request was counted, and its windows' counts in their order."""

    counted: bool
    counts: Sequence[Count]


class LocalWindows:
    """Moving windows in memory, of the same behaviour as those in Valkey."""

    def __init__(self, clock: Callable[[], float] = monotonic, remembered: int = REMEMBERED) -> None:
        self._clock = clock
        self._remembered = remembered
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, windows: Sequence[Window]) -> Taken:
        """Count a request in all its windows, or, when one is full, in none."""
        now = self._clock()
        found = [(window, self._held(window, now)) for window in windows]
        counted = all(len(held) < window.most for window, held in found)
        if counted:
            for _, held in found:
                held.append(now)
        while len(self._times) > self._remembered:
            self._times.popitem(last=False)
        return Taken(counted, [_count(window, held, now) for window, held in found])

    def _held(self, window: Window, now: float) -> deque[float]:
        held = self._times.setdefault(window.key, deque())
        self._times.move_to_end(window.key)
        while held and held[0] <= now - window.seconds:
            held.popleft()
        return held


def _count(window: Window, held: deque[float], now: float) -> Count:
    used = len(held)
    return Count(used, held[max(0, used - window.most)] + window.seconds - now if held else 0.0)
