"""History read back for review: one stream or everything about one person, opened, as an account and as NDJSON."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from adapters.bootstrap import Services
from domain.kernel.recorded import Recorded

PAGE = 1000


class Entry(NamedTuple):
    """One event as a reviewer reads it. ``changed``: fields with the value before (in this stream) and the one now."""

    position: int
    recorded_at: datetime
    stream_id: UUID
    version: int
    type: str
    actor: str
    correlation_id: str
    causation_id: str | None
    data: dict[str, Any]
    changed: dict[str, list[Any]]


class Account:
    """Turns recorded events, in order, into entries; remembers the last facts of every stream to show what changed."""

    def __init__(self) -> None:
        self._last: dict[UUID, dict[str, Any]] = {}

    def entry(self, recorded: Recorded) -> Entry:
        """Return the entry of the next event."""
        data: dict[str, Any] = msgspec.to_builtins(recorded.event)
        known = self._last.setdefault(recorded.stream_id, {})
        changed = {name: [known.get(name), now] for name, now in data.items() if known.get(name) != now}
        known.update(data)
        meta = msgspec.json.decode(recorded.meta)
        return Entry(
            position=recorded.position,
            recorded_at=recorded.recorded_at,
            stream_id=recorded.stream_id,
            version=recorded.version,
            type=recorded.copy.type,
            actor=str(meta.get("actor")),
            correlation_id=str(meta.get("correlation_id")),
            causation_id=meta.get("causation_id"),
            data=data,
            changed=changed,
        )


async def history(
    services: Services, tenant_id: UUID, *, stream_id: UUID | None = None, person_id: UUID | None = None
) -> AsyncIterator[Entry]:
    """Yield the history of one stream, or of one person (every event about them, one range scan), in order."""
    account = Account()
    if stream_id is not None:
        for recorded in await services.streams.read(tenant_id, stream_id, opened=True):
            yield account.entry(recorded)
    if person_id is not None:
        after = 0
        while page := await services.streams.about(tenant_id, person_id, after, PAGE, opened=True):
            for recorded in page:
                yield account.entry(recorded)
            after = page[-1].position
