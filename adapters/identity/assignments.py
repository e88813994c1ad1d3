"""Who attends to whom, as the read model of appointments tells."""

from uuid import UUID

from projections.appointment.queries import attends
from projections.kernel.reader import Reader


class ByAppointments:
    """Assignments: a person is assigned to whoever has an appointment with them that stands."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def attends(self, tenant_id: UUID, attendant_id: UUID, person_id: UUID) -> bool:
        """Return whether there is one."""
        return await attends(self._reader.within(tenant_id), tenant_id, attendant_id, person_id)
