"""What is told about changes: per tag the position of the last one, and per consumer the era since which all were told.
Consumers tell before they commit, so nobody finds an answer from before beside rows from after; who could not tell, or
comes new, begins another era, and values of the one before count no more."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from time import monotonic
from typing import Any

import structlog

from adapters.breaker import Breaker
from adapters.cache.entry import PREFIX, era_of
from adapters.cache.families import FAMILIES, LONGEST_SECONDS, Source, clinic_tag, person_tag
from adapters.valkey import UNREACHABLE, connect_now
from projections.kernel.bookmarks import Bookmark
from projections.kernel.feed import FeedRow

#: A mark outlives every value it may be held against.
MARK_SECONDS = 2 * LONGEST_SECONDS
#: An era not renewed for so long is over: so long at most is a value believed whose consumer cannot be heard.
ERA_SECONDS, BEAT_SECONDS = 3.0, 0.5
ANSWER_SECONDS = 0.25
MARKS_AT_ONCE = 1000
#: Marks never go back: a runner that has lost its place, but does not know it yet, may tell late.
RAISE = """for i = 1, #KEYS do
    local mark = tonumber(redis.call('GET', KEYS[i]) or '0')
    if mark < tonumber(ARGV[i]) then redis.call('SET', KEYS[i], ARGV[i], 'EX', ARGV[#KEYS + 1]) end
end"""
log = structlog.get_logger("cache")


def _sources() -> dict[str, Source]:
    """Return each consumer that some family comes from, with the topics of all of them (None: every topic)."""
    found: dict[str, Source] = {}
    for family in FAMILIES.values():
        for name, topics in family.sources:
            known = found.get(name, Source(name, frozenset()))
            every = topics is None or known.topics is None
            found[name] = Source(name, None if every else (known.topics or frozenset()) | (topics or frozenset()))
    return found


SOURCES = _sources()


def marks_of(changes: Mapping[str, Iterable[FeedRow]]) -> dict[str, int]:
    """Return which marks the events that consumers are about to commit move, and whereto."""
    marks: dict[str, int] = {}
    for consumer, rows in changes.items():
        source = SOURCES.get(consumer)
        if source is None:
            continue
        for row in rows:
            if source.topics is None or row.type in source.topics:
                marks[clinic_tag(consumer, row.tenant_id)] = row.position
                marks[person_tag(consumer, row.tenant_id, row.subject_id)] = row.position
    return {f"{PREFIX}:mark:{tag}": position for tag, position in marks.items()}


class Marks:
    """A runner's way to tell (projections.kernel.telling.Teller). Never fails, and soon gives up."""

    def __init__(self, redis_url: str) -> None:
        self._client = connect_now(redis_url, ANSWER_SECONDS)
        self._raise: Any = self._client.register_script(RAISE)
        self._breaker = Breaker()
        self._tokens: dict[str, str] = {}
        self._beaten_at = 0.0

    def changed(self, changes: Mapping[str, Iterable[FeedRow]]) -> None:
        """Tell of what is about to be committed."""
        marks = marks_of(changes)
        if marks and not self._told(marks):
            self.forget(list(changes))

    def forget(self, consumers: Iterable[str]) -> None:
        """Let nothing be believed any more that comes from these."""
        for consumer in consumers:
            self._tokens.pop(consumer, None)
        self._beaten_at = 0.0

    def alive(self, bookmarks: Sequence[Bookmark]) -> None:
        """Say which eras go on. A consumer of several shards is in none: no runner knows what all of it has told."""
        if monotonic() - self._beaten_at < BEAT_SECONDS:
            return
        eras = {era_of(b.consumer): self._era(b) for b in bookmarks if b.consumer in SOURCES and b.shards == 1}
        if not eras or not self._breaker.allows():
            return
        try:
            with self._client.pipeline(transaction=False) as beat:
                for name, era in eras.items():
                    beat.set(name, era, px=int(ERA_SECONDS * 1000))
                beat.execute()
        except UNREACHABLE:
            self._breaker.failed()
        else:
            self._breaker.succeeded()
            self._beaten_at = monotonic()

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _era(self, bookmark: Bookmark) -> str:
        return f"{bookmark.generation}-{self._tokens.setdefault(bookmark.consumer, secrets.token_hex(8))}"

    def _told(self, marks: Mapping[str, int]) -> bool:
        if not self._breaker.allows():
            return False
        names = list(marks)
        try:
            for first in range(0, len(names), MARKS_AT_ONCE):
                some = names[first : first + MARKS_AT_ONCE]
                self._raise(keys=some, args=[*(marks[name] for name in some), MARK_SECONDS])
        except UNREACHABLE as error:
            log.warning("cache.marks.untold", error=type(error).__name__)
            self._breaker.failed()
            return False
        self._breaker.succeeded()
        return True
