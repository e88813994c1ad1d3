"""A readable account of events: who did what to whom, what changed from what to what, when, why, on which request."""

import inspect
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from adapters.review.changes import Change, Leaves, differences, is_reason, leaves
from adapters.review.states import State
from domain.kernel.event import DomainEvent
from domain.kernel.recorded import Recorded

#: How many streams an account remembers; one that comes up again later is read again.
REMEMBERED = 20_000
LAST = 1 << 30


class Request(NamedTuple):
    """Under what an event was recorded. ``causation_id`` is the event that made the system act."""

    correlation_id: str | None
    command_id: str | None
    causation_id: str | None


class Entry(NamedTuple):
    """One event as a reviewer reads it. ``what`` is said by the event's class, ``actor_id`` by whoever appended it.

    ``effective_at`` is when it happened or began to hold, ``effective_until`` when it ceases to; ``why`` holds the
    purpose of use and the reasons the event gives; ``changes`` is what reads differently since the version before.
    """

    position: int
    recorded_at: datetime
    effective_at: Any
    effective_until: Any
    stream_id: UUID
    version: int
    kind: str
    type: str
    what: str
    person_id: UUID | None
    actor_id: UUID | None
    on_behalf_of: UUID | None
    why: dict[str, Any]
    changes: list[Change]
    request: Request


class Account:
    """Turns events, in order, into entries; remembers the state of every stream to show what changed.

    An event is either ``shown`` or merely taken note of (:meth:`follow`), so that the next one has something to differ
    from. The versions of a stream must come without a gap.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._streams: OrderedDict[UUID, _Stream] = OrderedDict()
        self._remembered = remembered

    def version(self, stream_id: UUID) -> int:
        """Return the version of a stream this account has come to; 0 when it knows nothing of it."""
        stream = self._streams.get(stream_id)
        return stream.state.version if stream else 0

    def follow(self, recorded: Recorded) -> None:
        """Take note of an event without showing it."""
        self._stream(recorded).take(recorded.event)

    def entry(self, recorded: Recorded) -> Entry:
        """Return the entry of the next event of its stream."""
        stream, event = self._stream(recorded), recorded.event
        said: dict[str, Any] = msgspec.to_builtins(event)
        meta = msgspec.json.decode(recorded.meta)
        return Entry(
            position=recorded.position,
            recorded_at=recorded.recorded_at,
            effective_at=_happened(event, said),
            effective_until=said.get("effective_until"),
            stream_id=recorded.stream_id,
            version=recorded.version,
            kind=stream.state.kind,
            type=recorded.copy.type,
            what=what(type(event)),
            person_id=recorded.subject_id,
            actor_id=_id(meta.get("actor")),
            on_behalf_of=_id(meta.get("on_behalf_of")),
            why={"purpose": meta.get("purpose")} | {n: v for n, v in said.items() if is_reason(n) and v is not None},
            changes=stream.changes(event, said),
            request=Request(meta.get("correlation_id"), meta.get("command_id"), meta.get("causation_id")),
        )

    def forget(self) -> None:
        """Drop the streams that have not come up for longest, when there are too many. Call it between pages."""
        while len(self._streams) > self._remembered:
            self._streams.popitem(last=False)

    def _stream(self, recorded: Recorded) -> "_Stream":
        stream = self._streams.get(recorded.stream_id)
        if stream is None:
            stream = self._streams[recorded.stream_id] = _Stream(recorded)
        self._streams.move_to_end(recorded.stream_id)
        return stream


class _Stream:
    """A stream's state, and its leaves as they were before the next event: what is held, and what was said last."""

    __slots__ = ("_held", "_said", "state")

    def __init__(self, recorded: Recorded) -> None:
        self.state = State(recorded.stream_id, recorded.event)
        self._held: Leaves | None = {}
        self._said: dict[str, Leaves] = {}

    def take(self, event: DomainEvent) -> None:
        """Take an event that is not shown."""
        self._say(msgspec.to_builtins(event))
        self.state.apply(event)
        self._held = None

    def changes(self, event: DomainEvent, said: dict[str, Any]) -> list[Change]:
        """Take an event and return what reads differently: what it says, but where the aggregate holds a value of that
        name, what it holds."""
        was = self.state.leaves() if self._held is None else self._held
        before, after = self._say(said)
        self.state.apply(event)
        held = self._held = self.state.leaves()
        spoken = [c for c in differences(before, after) if c.field not in was and c.field not in held]
        changes = differences(was, held) + spoken
        order = {path: number for number, path in enumerate(after)}
        changes.sort(key=lambda change: order.get(change.field, LAST))
        return changes

    def _say(self, said: dict[str, Any]) -> tuple[Leaves, Leaves]:
        before: Leaves = {}
        after: Leaves = {}
        for name, value in said.items():
            if is_reason(name):
                continue
            if was := self._said.pop(name, None):
                before |= was
            if value is not None:
                now = self._said[name] = {name: value} if type(value) is str else leaves(value, name)
                after |= now
        return before, after


@lru_cache(maxsize=1024)
def what(event: type[DomainEvent]) -> str:
    """Return what happened, in the words of the event's class: the first sentence of its docstring."""
    text = " ".join((inspect.getdoc(event) or event.__name__).split())
    sentence = text.partition(". ")[0].partition("; ")[0].partition(": ")[0]
    return sentence.rstrip(".") + "."


def _happened(event: DomainEvent, said: dict[str, Any]) -> Any:
    """Return when it happened or began to hold, if the event says so: ``effective_at``, or the field of its own
    participle (``paid_at``, ``issued_on``)."""
    participle = event.TOPIC.rpartition(".")[2]
    names = ("effective_at", f"{participle}_at", f"{participle}_on")
    return next((said[name] for name in names if said.get(name) is not None), None)


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def missing(account: Account, page: Sequence[Recorded]) -> dict[UUID, tuple[int, int]]:
    """Return the streams of a page of which the account lacks events: the version it has, and the last one needed."""
    last: dict[UUID, int] = {}
    lacking: dict[UUID, tuple[int, int]] = {}
    for recorded in page:
        stream_id = recorded.stream_id
        known = last.get(stream_id, account.version(stream_id))
        if recorded.version > known + 1:
            lacking[stream_id] = (account.version(stream_id), recorded.version - 1)
        last[stream_id] = recorded.version
    return lacking
