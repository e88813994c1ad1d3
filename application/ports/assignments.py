"""Who attends to whom."""

from typing import Protocol
from uuid import UUID


class Assignments(Protocol):
    """Port to what says that a person is assigned to someone: today, an appointment between them that stands."""

    async def attends(self, tenant_id: UUID, attendant_id: UUID, person_id: UUID) -> bool:
        """Whether the person is assigned to the attendant. It may lag behind by what read models lag."""
        ...


class Nobody:
    """Where nothing is known of assignments: nobody attends to anybody."""

    async def attends(self, tenant_id: UUID, attendant_id: UUID, person_id: UUID) -> bool:
        """Return False."""
        return False
