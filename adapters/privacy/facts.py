"""Everything recorded about one person, opened: for the person's own copy (GDPR art. 15 and 20)."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from adapters.fhir.outgoing.bundle import bundle
from adapters.review.review import Review
from application.ports.history import MayOpen, Scope
from domain.kernel.errors import NotFound
from domain.kernel.event import withheld
from domain.kernel.recorded import Recorded


class NothingRecorded(NotFound):
    """Nothing is recorded about this person here."""

    code = "no-such-person"


def everything(topic: str) -> bool:
    """Return that it may be opened: whoever runs this installation answers for the copy."""
    return True


class Facts:
    """One person's events. One range scan by subject: what is about others is never read."""

    def __init__(self, review: Review) -> None:
        self._review = review

    async def known(self, tenant_id: UUID, person_id: UUID) -> None:
        """Raise NothingRecorded for a person no event is about."""
        async for _ in self._review.events(tenant_id, Scope(person_id=person_id), lambda topic: False, page=1):
            return
        raise NothingRecorded("Nothing is recorded about this person here.", id=str(person_id))

    async def history(self, tenant_id: UUID, person_id: UUID, may_open: MayOpen) -> list[Recorded]:
        """Return every event about the person, opened as far as that may be, in order. Raises NothingRecorded."""
        pages = self._review.events(tenant_id, Scope(person_id=person_id), may_open)
        found = [recorded async for page in pages for recorded in page]
        if not found:
            raise NothingRecorded("Nothing is recorded about this person here.", id=str(person_id))
        return found

    async def as_json(
        self, tenant_id: UUID, person_id: UUID, at: datetime, may_open: MayOpen = everything
    ) -> dict[str, Any]:
        """Return every event with when, why and by whom; ``complete`` is False when something could not be opened."""
        history = await self.history(tenant_id, person_id, may_open)
        return {
            "person": str(person_id),
            "organisation": str(tenant_id),
            "exportedAt": at.isoformat(),
            "complete": not any(_withheld(recorded) for recorded in history),
            "facts": [fact(recorded) for recorded in history],
        }

    async def as_fhir(self, tenant_id: UUID, person_id: UUID, at: datetime, may_open: MayOpen = everything) -> bytes:
        """Return what stands now as a FHIR R4 Bundle."""
        return bundle(person_id, await self.history(tenant_id, person_id, may_open), at)


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
