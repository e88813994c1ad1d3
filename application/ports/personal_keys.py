"""A person's data keys, one per retention class: closed, opened again, destroyed for good."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.kernel.event import Retention


class Held(NamedTuple):
    """A class of which something is sealed; ``last_at`` is when it was last added to (None: never by an event)."""

    retention: Retention
    key_id: UUID
    last_at: datetime | None


class Gone(NamedTuple):
    """A key that is destroyed."""

    key_id: UUID
    destroyed_at: datetime


class PersonalKeys(Protocol):
    """Port to the key store. Each act may be done twice and ends the same."""

    async def held(self, tenant_id: UUID, subject_id: UUID) -> Sequence[Held]:
        """Return the classes with a key, destroyed ones included."""
        ...

    async def close(self, tenant_id: UUID, subject_id: UUID) -> None:
        """Let nobody open or seal anything of the subject's, in any class."""
        ...

    async def reopen(self, tenant_id: UUID, subject_id: UUID) -> None:
        """Undo :meth:`close`; what was destroyed stays so."""
        ...

    async def destroy(self, tenant_id: UUID, subject_id: UUID, retention: Retention) -> Gone:
        """Destroy the key of a class; the first time counts."""
        ...

    async def stale_until(self, tenant_id: UUID) -> datetime:
        """Return from when on copies of the tenant's keys made by now (backups) cannot be opened any more."""
        ...
