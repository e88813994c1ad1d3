"""A patient's summary: figures by type, and current allergies, medications and conditions in full."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from projections.kernel.reader import Reader, Row

_COUNTS = """SELECT record_type, recorded - retracted AS active, recorded, amended, retracted, last_recorded_at
    FROM read.patient_summary
    WHERE tenant_id = %(tenant)s AND patient_id = %(patient)s AND record_type = ANY(%(types)s) ORDER BY record_type"""
_SHOWN = """SELECT record_id, record_type, version, effective_from, effective_until,
        sealed, key_id, sealed_version, sealed_type, sealed_schema
    FROM read.patient_summary_highlights
    WHERE tenant_id = %(tenant)s AND patient_id = %(patient)s
        AND effective_from <= %(now)s AND (effective_until IS NULL OR effective_until > %(now)s)
    ORDER BY effective_from DESC, record_id LIMIT 1000"""

_NEXT = """SELECT min(at) AS at
    FROM read.patient_summary_highlights, unnest(ARRAY[effective_from, effective_until]) AS at
    WHERE tenant_id = %(tenant)s AND patient_id = %(patient)s AND at > %(now)s"""


async def counts(reader: Reader, tenant_id: UUID, patient_id: UUID, types: Sequence[str]) -> list[Row]:
    """Return per type: active, recorded, amended, retracted, last_recorded_at; types without records are absent."""
    return await reader.rows(_COUNTS, {"tenant": tenant_id, "patient": patient_id, "types": list(types)})


async def highlights(reader: Reader, tenant_id: UUID, patient_id: UUID, now: datetime) -> list[Row]:
    """Return the allergies, medications and conditions that hold at ``now``, latest first, opened."""
    rows = await reader.rows(_SHOWN, {"tenant": tenant_id, "patient": patient_id, "now": now})
    return await reader.opened(tenant_id, rows, "record_id")


async def next_change(reader: Reader, tenant_id: UUID, patient_id: UUID, now: datetime) -> datetime | None:
    """Return when, by time alone, other highlights will hold than at ``now``; None when never."""
    row = await reader.row(_NEXT, {"tenant": tenant_id, "patient": patient_id, "now": now})
    found: datetime | None = row["at"] if row else None
    return found
