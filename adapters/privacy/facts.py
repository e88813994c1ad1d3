"""Everything recorded about one person, opened: for the person's own copy (GDPR art. 15 and 20)."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from adapters.fhir.outgoing.bundle import bundle
from adapters.postgres.stream_reader import PostgresStreams
from domain.kernel.errors import NotFound
from domain.kernel.event import withheld
from domain.kernel.recorded import Recorded

PAGE = 1000


class NothingRecorded(NotFound):
    """Nothing is recorded about this person here."""

    code = "no-such-person"


class Facts:
    """One person's events. One range scan by subject: what is about others is never read."""

    def __init__(self, streams: PostgresStreams) -> None:
        self._streams = streams

    async def known(self, tenant_id: UUID, person_id: UUID) -> None:
        """Raise NothingRecorded for a person no event is about."""
        if not await self._streams.about(tenant_id, person_id, 0, 1, opened=False):
            raise NothingRecorded("Nothing is recorded about this person here.", id=str(person_id))

    async def history(self, tenant_id: UUID, person_id: UUID) -> list[Recorded]:
        """Return every event about the person, opened, in order. Raises NothingRecorded."""
        found = [recorded async for recorded in self._pages(tenant_id, person_id)]
        if not found:
            raise NothingRecorded("Nothing is recorded about this person here.", id=str(person_id))
        return found

    async def as_json(self, tenant_id: UUID, person_id: UUID, at: datetime) -> dict[str, Any]:
        """Return every event with when, why and by whom; ``complete`` is False when something could not be opened."""
        history = await self.history(tenant_id, person_id)
        return {
            "person": str(person_id),
            "organisation": str(tenant_id),
            "exportedAt": at.isoformat(),
            "complete": not any(_withheld(recorded) for recorded in history),
            "facts": [fact(recorded) for recorded in history],
        }

    async def as_fhir(self, tenant_id: UUID, person_id: UUID, at: datetime) -> bytes:
        """Return what stands now as a FHIR R4 Bundle."""
        return bundle(person_id, await self.history(tenant_id, person_id), at)

    async def _pages(self, tenant_id: UUID, person_id: UUID) -> AsyncIterator[Recorded]:
        after = 0
        while page := await self._streams.about(tenant_id, person_id, after, PAGE, opened=True):
            for recorded in page:
                yield recorded
            after = page[-1].position


def fact(recorded: Recorded) -> dict[str, Any]:
    """Return one event as plain values."""
    meta: dict[str, Any] = msgspec.json.decode(recorded.meta)
    return {
        "position": recorded.position,
        "stream": str(recorded.stream_id),
        "version": recorded.version,
        "event": recorded.event.TOPIC,
        "recordedAt": recorded.recorded_at.isoformat(),
        "by": meta.get("actor"),
        "onBehalfOf": meta.get("on_behalf_of"),
        "purpose": meta.get("purpose"),
        "request": meta.get("correlation_id"),
        "data": msgspec.to_builtins(recorded.event),
    }


def _withheld(recorded: Recorded) -> bool:
    event = recorded.event
    return any(withheld(getattr(event, name)) for name in event.__struct_fields__)
