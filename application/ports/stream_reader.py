"""Reading a stream's events with their sealed fields opened: for replay, documents and alerts, never for decisions."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.kernel.recorded import Recorded


class StreamReader(Protocol):
    """Port to recorded events."""

    async def read(self, tenant_id: UUID, stream_id: UUID, *, opened: bool) -> Sequence[Recorded]:
        """Return the stream's events in order, sealed fields opened (or Erased) when ``opened``; [] if none."""
        ...
