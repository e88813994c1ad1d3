"""The one loop: read a page, let every consumer write what follows, move the bookmarks in the same transaction."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

import psycopg
import structlog

from projections.kernel import bookmarks
from projections.kernel.bookmarks import LEASE_SECONDS, Bookmark, LostBookmark
from projections.kernel.consumer import Consumer, prepares
from projections.kernel.feed import Decode, Feed, FeedRow, Page
from projections.kernel.poison import Poisoned, may_pass, one_by_one, retry_parked
from projections.kernel.stretch import Stretch, unswept
from projections.kernel.telling import Silent, Teller

PAGE, FAR = 2_000, 4_000
POLL_SECONDS = 0.2
log = structlog.get_logger("projections")
Make = Callable[[int], Consumer]


class Runner:
    """Runs consumers in one thread over two connections: ``feed`` reads, ``connection`` writes.

    ``makers`` give, per consumer name, the consumer of a generation; ``applied`` is called after a round of
    :meth:`run` that applied events; with ``shard`` it keeps to the bookmarks of that number. ``teller`` hears of every
    change before it is committed. ``lease`` is the name it holds bookmarks under: who lost its connection goes on under
    the one it had, and need not wait until that has run out.

    Consumers that stand at the same place move together in one transaction; when that fails, each goes alone, and an
    event that fails alone parks its stream. One that is far behind goes alone and in long stretches; when one of those
    fails, it goes page by page until it is past that.
    """

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        feed: Feed,
        decode: Decode,
        makers: Mapping[str, Make],
        applied: Callable[[], None] = lambda: None,
        shard: int | None = None,
        teller: Teller | None = None,
        lease: UUID | None = None,
    ) -> None:
        assert connection.autocommit
        self._connection = connection
        self._feed = feed
        self._decode = decode
        self._makers = makers
        self._applied = applied
        self._shard = shard
        self._teller = teller or Silent()
        self._consumers: dict[tuple[str, int], Consumer] = {}
        self._page = Page(0, [], 0)
        self._lease = lease or uuid4()
        self._claimed_at = 0.0
        self._careful: dict[tuple[str, int, int], int] = {}
        connection.execute("SET synchronous_commit = off")
        bookmarks.bound(connection)

    def drain(self) -> int:
        """Run until nothing is left to do; return the number of events applied."""
        total = 0
        while True:
            moved, applied = self.once()
            total += applied
            if not moved:
                return total

    def once(self) -> tuple[bool, int]:
        """Give every consumer its next page; return whether any bookmark moved, and the events applied."""
        groups: dict[int, list[Bookmark]] = defaultdict(list)
        mine = self._bookmarks()
        self._teller.alive(mine)
        for bookmark in mine:
            groups[bookmark.position].append(bookmark)
        moved, total = False, 0
        for position, group in sorted(groups.items()):
            page = self._next_page(position)
            if page.upto == position:
                continue
            moved = True
            end = self._feed.settled() if len(page.rows) == PAGE else page.upto
            far = [bookmark for bookmark in group if self._may_stride(bookmark, end)]
            total += sum(self._catch_up(bookmark, end) for bookmark in far)
            total += self._advance([bookmark for bookmark in group if bookmark not in far], page)
        return moved, total

    def run(self, wake: threading.Event, stop: threading.Event) -> None:
        """Loop until ``stop``: at once when ``wake`` is set, else every 0.2 s; retries parked streams at the start."""
        self.retry_parked()
        while not stop.is_set():
            moved, applied = self.once()
            if applied:
                self._applied()
            if not moved:
                wake.wait(POLL_SECONDS)
                wake.clear()

    def retry_parked(self) -> None:
        """Retry the parked streams of all consumers (after a deploy that may have mended them)."""
        for bookmark in self._bookmarks():
            if bookmark.parked:
                retry_parked(self._connection, self._consumer(bookmark), self._feed, self._decode)
                self._teller.forget([bookmark.consumer])

    def close(self) -> None:
        """Give the leases back."""
        bookmarks.release(self._connection, self._lease)

    def _bookmarks(self) -> list[Bookmark]:
        names = list(self._makers)
        if time.monotonic() - self._claimed_at > LEASE_SECONDS / 3:
            bookmarks.claim(self._connection, names, self._lease, self._shard)
            self._claimed_at = time.monotonic()
        return bookmarks.mine(self._connection, names, self._lease)

    def _consumer(self, bookmark: Bookmark) -> Consumer:
        key = (bookmark.consumer, bookmark.generation)
        if key not in self._consumers:
            self._consumers[key] = self._makers[bookmark.consumer](bookmark.generation)
        return self._consumers[key]

    def _next_page(self, position: int) -> Page:
        if not self._page.covers(position):
            self._page = self._feed.page(position, PAGE)
        return self._page

    def _may_stride(self, bookmark: Bookmark, end: int) -> bool:
        return end - bookmark.position > FAR and bookmark.position >= self._careful.get(bookmark.key, 0)

    def _catch_up(self, bookmark: Bookmark, end: int) -> int:
        consumer = self._consumer(bookmark)
        stretch = Stretch(self._feed, prepares(consumer, self._decode), consumer.topics, bookmark.position, end,
                          bookmark.share, bookmark.parked)  # fmt: skip
        try:
            with unswept(), self._connection.transaction():
                consumer.apply(self._connection, stretch)
                bookmarks.move(self._connection, bookmark, stretch.upto, stretch.count, self._lease)
            self._teller.forget([bookmark.consumer])
            return stretch.count
        except LostBookmark:
            self._claimed_at = 0.0
        except Exception as error:
            if may_pass(error):
                raise
            log.warning("projections.stretch.failed", consumer=bookmark.consumer, error=type(error).__name__)
            self._careful[bookmark.key] = end
        return 0

    def _advance(self, group: list[Bookmark], page: Page) -> int:
        if not group:
            return 0
        try:
            with self._connection.transaction():
                return self._together(group, page)
        except LostBookmark:
            log.info("projections.bookmark.lost", consumers=[b.consumer for b in group])
            self._claimed_at = 0.0
            if len(group) == 1:
                return 0
        except Exception as error:
            if may_pass(error):
                raise
            log.warning("projections.batch.failed", consumers=len(group), error=type(error).__name__)
            if len(group) == 1:
                return self._alone(group[0], page)
        return sum(self._advance([bookmark], page) for bookmark in group)

    def _together(self, group: list[Bookmark], page: Page) -> int:
        work = []
        for bookmark in group:
            consumer, rows = self._wanted(bookmark, page)
            work.append((consumer, [row for row in rows if row.stream_id not in bookmark.parked]))
        bookmarks.move_all(self._connection, group, page.upto, [len(rows) for _, rows in work], self._lease)
        for consumer, rows in work:
            if rows:
                given = rows if consumer.raw else [page.recorded(row, self._decode) for row in rows]
                consumer.apply(self._connection, given)
        self._teller.changed({consumer.name: rows for consumer, rows in work if rows})
        return sum(len(rows) for _, rows in work)

    def _alone(self, bookmark: Bookmark, page: Page) -> int:
        consumer, rows = self._wanted(bookmark, page)
        try:
            with self._connection.transaction():
                applied = one_by_one(self._connection, consumer, bookmark, rows, self._decode)
                bookmarks.move(self._connection, bookmark, page.upto, applied, self._lease)
                self._teller.changed({consumer.name: rows})
                return applied
        except LostBookmark:
            self._claimed_at = 0.0
        except Poisoned as poisoned:
            log.error("projections.consumer.halted", consumer=bookmark.consumer, error=str(poisoned))
            bookmarks.halt(self._connection, bookmark, str(poisoned))
        return 0

    def _wanted(self, bookmark: Bookmark, page: Page) -> tuple[Consumer, list[FeedRow]]:
        consumer = self._consumer(bookmark)
        topics, after, holds = consumer.topics, bookmark.position, bookmark.share.holds
        rows = page.rows if topics is None else [row for row in page.rows if row.type in topics]
        return consumer, [row for row in rows if row.position > after and holds(row.tenant_id)]
