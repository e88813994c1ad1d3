"""An event with what the store knows of it: where it stands, when it was recorded, and its sealed part as stored."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.kernel.event import DomainEvent


class SealedCopy(NamedTuple):
    """A ciphertext with the header it is bound to; a read model keeps it as it is and a query opens it.

    ``sealed`` is None when the event has nothing personal in it.
    """

    sealed: bytes | None
    key_id: UUID | None
    stream_id: UUID
    version: int
    type: str
    schema_version: int


class Recorded(NamedTuple):
    """One event as a consumer of the feed receives it."""

    event: DomainEvent
    position: int
    tenant_id: UUID
    stream_id: UUID
    version: int
    recorded_at: datetime
    subject_id: UUID | None
    copy: SealedCopy
    meta: str
