"""A long way to catch up: one consumer's events of many pages as one batch, so that a row changed often is written
once, and whatever it costs to make room for rows is paid once."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from projections.kernel.feed import ALL_TENANTS, Feed, Prepare, Share, Topics

EVENTS, SECONDS = 200_000, 3.0


class Stretch:
    """Events after ``after`` that are read and prepared as they are asked for. It ends at ``target``, which is final,
    or after so many events, or when it has taken so long (a lease must not run out on the way).

    When it has been gone through, ``upto`` is where it has ended and ``count`` the number of its events.
    """

    def __init__(
        self,
        feed: Feed,
        prepare: Prepare,
        topics: Topics,
        after: int,
        target: int,
        share: Share = ALL_TENANTS,
        parked: frozenset[UUID] = frozenset(),
    ) -> None:
        self.upto = after
        self.count = 0
        self._feed = feed
        self._prepare = prepare
        self._topics = topics
        self._target = target
        self._share = share
        self._parked = parked

    def __iter__(self) -> Iterator[Any]:
        end = time.monotonic() + SECONDS
        for page in self._feed.pages(self.upto, self._target, self._topics, self._share):
            rows = [r for r in page.rows if r.stream_id not in self._parked] if self._parked else page.rows
            yield from map(self._prepare, rows)
            self.count += len(rows)
            self.upto = page.upto
            if self.count >= EVENTS or time.monotonic() > end:
                return


@contextmanager
def unswept() -> Iterator[None]:
    """Keep the collector of cycles away: it would go through the many objects of a batch, none of them in a cycle,
    again and again, and take longer than the batch itself."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
