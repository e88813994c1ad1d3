"""A practitioner's hours, and the times in them at which a seat is left, also on days when the clocks change."""

from datetime import date, datetime, timedelta
from typing import LiteralString, NamedTuple
from uuid import UUID

from domain.kernel.civil import CivilTime
from domain.scheduling.hours import Hours, is_free, openings, starts_in
from domain.scheduling.slots import cell_of
from projections.kernel.reader import Reader

#: The most cells an appointment takes: a day's, and the one it may reach into.
LONGEST = 24 * 12 + 1
_HOURS: LiteralString = """SELECT version, zone, weekdays, opens, closes, capacity, step_minutes, window_days,
        notice_minutes,
        array(SELECT day FROM read.free_times_blocked b
              WHERE (b.tenant_id, b.practitioner_id) = (h.tenant_id, h.practitioner_id) ORDER BY day) AS blocked
    FROM read.free_times_hours h WHERE tenant_id = %(tenant)s AND practitioner_id = %(practitioner)s"""
_TAKEN: LiteralString = """SELECT first_cell, seats FROM read.free_times
    WHERE tenant_id = %(tenant)s AND practitioner_id = %(practitioner)s
        AND first_cell BETWEEN %(first)s - %(longest)s AND %(last)s AND last_cell >= %(first)s"""


class WorkingHours(NamedTuple):
    """The calendar as it stands; ``version`` is that of its stream."""

    version: int
    zone: str
    hours: tuple[Hours, ...]
    capacity: int
    step_minutes: int
    window_days: int
    notice_minutes: int
    blocked: tuple[date, ...]


async def working_hours(reader: Reader, tenant_id: UUID, practitioner_id: UUID) -> WorkingHours | None:
    """Return the practitioner's hours, or None where none were set."""
    row = await reader.row(_HOURS, {"tenant": tenant_id, "practitioner": practitioner_id})
    if row is None:
        return None
    week = zip(row.pop("weekdays"), row.pop("opens"), row.pop("closes"), strict=True)
    return WorkingHours(hours=tuple(Hours(*window) for window in week), blocked=tuple(row.pop("blocked")), **row)


async def free_times(
    reader: Reader,
    tenant_id: UUID,
    practitioner_id: UUID,
    kept: WorkingHours,
    *,
    first: date,
    last: date,
    minutes: int,
    earliest: datetime,
    latest: datetime,
    limit: int,
) -> list[CivilTime]:
    """Return starts on the local dates ``first`` to ``last``, not before ``earliest`` nor after ``latest``."""
    spans = openings(kept.hours, kept.zone, kept.blocked, first - timedelta(days=1), last + timedelta(days=1))
    if not spans:
        return []
    taken = await _taken(reader, tenant_id, practitioner_id, spans[0].begins, spans[-1].ends)
    found: list[CivilTime] = []
    for span in spans:
        for start in starts_in(span, minutes, kept.step_minutes, earliest):
            there = CivilTime.at(start, kept.zone)
            inside = first.isoformat() <= there.local[:10] <= last.isoformat() and start <= latest
            if inside and is_free(start, minutes, kept.capacity, taken):
                found.append(there)
            if len(found) == limit:
                return found
    return found


async def _taken(
    reader: Reader, tenant_id: UUID, practitioner_id: UUID, begins: datetime, ends: datetime
) -> dict[int, set[int]]:
    parameters: dict[str, object] = {
        "tenant": tenant_id, "practitioner": practitioner_id, "first": cell_of(begins), "last": cell_of(ends),
        "longest": LONGEST,
    }  # fmt: skip
    taken: dict[int, set[int]] = {}
    for row in await reader.rows(_TAKEN, parameters):
        for cell, seat in enumerate(row["seats"], row["first_cell"]):
            taken.setdefault(cell, set()).add(seat)
    return taken
