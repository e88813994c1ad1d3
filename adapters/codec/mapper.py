"""The library's mapper interface over our codec and vault: one stored row from one event, and back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent

from adapters.codec.codec import Codec
from adapters.vault.vault import Header, Vault
from domain.kernel.event import DomainEvent


class StreamEvent(NamedTuple):
    """A domain event in its place: what the library calls a domain event."""

    originator_id: UUID
    originator_version: int
    tenant_id: UUID
    event: DomainEvent
    meta: str = "{}"


@dataclass(frozen=True)
class StoredRow(StoredEvent):
    """A stored event with the columns of our store; ``state`` is the clear JSON text, byte for byte."""

    tenant_id: UUID
    schema_version: int
    sealed: bytes | None
    key_id: UUID | None
    subject_id: UUID | None
    meta: str
    position: int = 0
    recorded_at: datetime | None = None


class EventMapper(Mapper[UUID]):
    """Maps StreamEvent to StoredRow, sealing personal fields under the subject's key, and opens them again."""

    def __init__(self, codec: Codec, vault: Vault) -> None:
        super().__init__(transcoder=JSONTranscoder())
        self._codec = codec
        self._vault = vault

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredRow:
        """Return the row. Raises UnknownTopic."""
        placed: Any = domain_event
        event: DomainEvent = placed.event
        clear, personal = self._codec.encode(event)
        subject_id = event.subject_id
        sealed, key_id = None, None
        if personal is not None:
            header = Header(placed.tenant_id, placed.originator_id, placed.originator_version, event.TOPIC,
                            event.VERSION)  # fmt: skip
            key = self._vault.key_for(placed.tenant_id, subject_id or placed.tenant_id, event.RETENTION)
            sealed, key_id = self._vault.seal(key, header, personal.encode()), key.key_id
        # A frozen dataclass sets its fields one by one through object.__setattr__; at once it is five times as fast.
        row = object.__new__(StoredRow)
        row.__dict__.update(
            originator_id=placed.originator_id,
            originator_version=placed.originator_version,
            topic=event.TOPIC,
            state=clear.encode(),
            tenant_id=placed.tenant_id,
            schema_version=event.VERSION,
            sealed=sealed,
            key_id=key_id,
            subject_id=subject_id,
            meta=placed.meta,
            position=0,
            recorded_at=None,
        )
        return row

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Return the StreamEvent with its personal fields opened. Raises UnknownTopic, UndecodableData."""
        assert isinstance(stored_event, StoredRow)
        row = stored_event
        assert isinstance(row.originator_id, UUID)
        header = Header(row.tenant_id, row.originator_id, row.originator_version, row.topic, row.schema_version)
        opened = self._vault.open_row(header, row.key_id, row.sealed, self._codec.sealed(row.topic))
        event = self._codec.decode(row.topic, row.schema_version, row.state.decode(), opened)
        return StreamEvent(row.originator_id, row.originator_version, row.tenant_id, event, row.meta)
