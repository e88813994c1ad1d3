"""A practitioner's day in the order of the clock."""

from datetime import date
from typing import LiteralString
from uuid import UUID

from domain.kernel.ownership import Limits, parameters_of
from projections.kernel.reader import Reader, Row

_DAY: LiteralString = """SELECT appointment_id, version, status, type, starts_at, starts_local, zone, minutes,
        patient_id, location_id, overbooked, checked_in_at, started_at, completed_at
    FROM read.daily_schedule
    WHERE tenant_id = %(tenant)s AND practitioner_id = %(practitioner)s AND day = %(day)s
        AND (%(people)s::uuid[] IS NULL OR patient_id = ANY(%(people)s::uuid[])
             OR practitioner_id = %(attendant)s::uuid)
        AND (%(all)s OR status NOT IN ('CANCELLED', 'EXPIRED'))
    ORDER BY starts_at, appointment_id"""


async def day(
    reader: Reader,
    tenant_id: UUID,
    practitioner_id: UUID,
    on: date,
    *,
    limits: Limits | None = None,
    with_cancelled: bool = False,
) -> list[Row]:
    """Return the appointments whose local date is ``on``; without the cancelled and expired unless asked for."""
    parameters: dict[str, object] = {
        "tenant": tenant_id, "practitioner": practitioner_id, "day": on, "all": with_cancelled,
        **parameters_of(limits),
    }  # fmt: skip
    return await reader.rows(_DAY, parameters)
