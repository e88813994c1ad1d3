"""The list of destroyed keys, kept apart from the database: a restored backup brings none of them back."""

from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.kernel.event import Retention


class JournalEntry(NamedTuple):
    """One class of one subject whose key is about to be destroyed. Opaque ids only."""

    tenant_id: UUID
    subject_id: UUID
    retention: Retention
    key_id: UUID
    at: datetime


class ErasureJournal(Protocol):
    """Port to the journal."""

    async def note(self, entry: JournalEntry) -> None:
        """Keep the entry, on the disk when this returns; a key that is noted already is not noted again."""
        ...
