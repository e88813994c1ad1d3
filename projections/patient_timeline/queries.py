"""What may be asked of the timeline: a chart at two times, one type's list, one record, one record's history."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from projections.kernel.lists import Found, Listing, Order, Sort, Window
from projections.kernel.reader import Reader, Row

NOW_KNOWN = datetime.max.replace(tzinfo=UTC)
"""Stands for what is known now, whatever the clocks of server and database say."""


class Moment(NamedTuple):
    """``known_at``: what had been recorded by then; ``valid_at``: what held true then (None: at any time)."""

    known_at: datetime = NOW_KNOWN
    valid_at: datetime | None = None


_COLUMNS = """record_id, version, patient_id, record_type, author_id, encounter_id, effective_from, effective_until,
    recorded_from, recorded_until, retracted, reason_code, source_system, source_id,
    sealed, key_id, sealed_version, sealed_type, sealed_schema"""
_KNOWN = """recorded_from <= %(known)s AND (recorded_until IS NULL OR recorded_until > %(known)s)"""
_CHART = f"""FROM read.patient_timeline
    WHERE tenant_id = %(tenant)s AND patient_id = %(patient)s AND record_type = ANY(%(types)s)
        AND NOT retracted AND {_KNOWN}
        AND (%(valid)s::timestamptz IS NULL
             OR (effective_from <= %(valid)s AND (effective_until IS NULL OR effective_until > %(valid)s)))"""
CHART = Listing(
    _COLUMNS,
    _CHART,
    "record_id",
    {
        "effectiveAt": Sort("coalesce(effective_from, 'infinity')", "timestamptz"),
        "recordedAt": Sort("recorded_from", "timestamptz"),
        "recordType": Sort("record_type", "text"),
    },
    Order("effectiveAt", descending=True),
)
_RECORD = f"""SELECT {_COLUMNS} FROM read.patient_timeline
    WHERE tenant_id = %(tenant)s AND record_id = %(record)s AND record_type = %(type)s AND {_KNOWN}"""
_HISTORY = f"""SELECT {_COLUMNS} FROM read.patient_timeline
    WHERE tenant_id = %(tenant)s AND record_id = %(record)s AND record_type = %(type)s ORDER BY version"""


async def chart(
    reader: Reader,
    tenant_id: UUID,
    patient_id: UUID,
    types: Sequence[str],
    moment: Moment,
    window: Window,
) -> Found:
    """Return one page of the chart's records of ``types``, opened."""
    parameters: dict[str, object] = {
        "tenant": tenant_id, "patient": patient_id, "types": list(types), "known": moment.known_at,
        "valid": moment.valid_at,
    }  # fmt: skip
    found = await CHART.page(reader, parameters, window)
    return found._replace(rows=await reader.opened(tenant_id, found.rows, "record_id"))


async def record(reader: Reader, tenant_id: UUID, record_id: UUID, record_type: str, known_at: datetime) -> Row | None:
    """Return the version of a record that was known at ``known_at`` (a retraction too), opened; None if none was."""
    row = await reader.row(_RECORD, {"tenant": tenant_id, "record": record_id, "type": record_type, "known": known_at})
    return (await reader.opened(tenant_id, [row], "record_id"))[0] if row else None


async def history(reader: Reader, tenant_id: UUID, record_id: UUID, record_type: str) -> list[Row]:
    """Return all versions of a record, first to last, opened; [] if there is none."""
    rows = await reader.rows(_HISTORY, {"tenant": tenant_id, "record": record_id, "type": record_type})
    return await reader.opened(tenant_id, rows, "record_id")
