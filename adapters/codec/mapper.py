"""The library's mapper interface over our codec and vault: one stored row from one event, and back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent

from adapters.codec.codec import Codec
from adapters.vault.vault import Header, Owner, Vault
from domain.kernel.event import DomainEvent, Retention

TENANTS_OWN = Retention.PROFILE


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


def owner(tenant_id: UUID, event: DomainEvent, *, personal: bool) -> Owner:
    """Return whose key seals an event: its subject's when something in it is personal, else the tenant's own, which
    seals nothing but vouches for the clear data and outlives every person."""
    subject_id = event.subject_id if personal else None
    return (tenant_id, subject_id or tenant_id, event.RETENTION if personal else TENANTS_OWN)


class EventMapper(Mapper[UUID]):
    """Maps StreamEvent to StoredRow, sealing personal fields and vouching for the clear ones, and opens them again."""

    def __init__(self, codec: Codec, vault: Vault) -> None:
        super().__init__(transcoder=JSONTranscoder())
        self._codec = codec
        self._vault = vault

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredRow:
        """Return the row. Raises UnknownTopic."""
        placed: Any = domain_event
        event: DomainEvent = placed.event
        clear, personal = self._codec.encode(event)
        state = clear.encode()
        header = Header(placed.tenant_id, placed.originator_id, placed.originator_version, event.TOPIC, event.VERSION)
        key = self._vault.key_for(*owner(placed.tenant_id, event, personal=personal is not None))
        # A frozen dataclass sets its fields one by one through object.__setattr__; at once it is five times as fast.
        row = object.__new__(StoredRow)
        row.__dict__.update(
            originator_id=placed.originator_id,
            originator_version=placed.originator_version,
            topic=event.TOPIC,
            state=state,
            tenant_id=placed.tenant_id,
            schema_version=event.VERSION,
            sealed=self._vault.seal(key, header, state, (personal or "").encode()),
            key_id=key.key_id,
            subject_id=event.subject_id,
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
        fields = self._codec.sealed(row.topic)
        opened = self._vault.open_row(header, row.key_id, row.sealed, row.state, fields)
        event = self._codec.decode(row.topic, row.schema_version, row.state.decode(), opened)
        return StreamEvent(row.originator_id, row.originator_version, row.tenant_id, event, row.meta)
