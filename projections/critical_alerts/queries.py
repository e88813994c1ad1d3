"""A clinic's critical alerts: severe allergies that stand, and vital signs of the last 24 hours."""

from datetime import datetime
from uuid import UUID

from domain.records.critical import VITAL_WINDOW
from projections.kernel.reader import Reader, Row

_SHOWN = """FROM read.critical_alerts
    WHERE tenant_id = %(tenant)s AND state <> 'withdrawn'
        AND (record_type <> 'vital' OR effective_at > %(since)s)
        AND (%(open)s = false OR state = 'raised')"""
_PAGE = f"""SELECT alert_id, version, patient_id, record_id, record_version, record_type, state, effective_at,
        raised_at, acknowledged_at, acknowledged_by, sealed, key_id, sealed_version, sealed_type, sealed_schema
    {_SHOWN}
    ORDER BY raised_at DESC, alert_id LIMIT %(limit)s OFFSET %(offset)s"""
_TOTAL = f"SELECT count(*) AS total {_SHOWN}"


async def critical_alerts(
    reader: Reader, tenant_id: UUID, now: datetime, *, only_open: bool, limit: int, offset: int
) -> tuple[list[Row], int]:
    """Return one page of alerts, latest first, with their findings opened; and their total."""
    since = now - VITAL_WINDOW
    parameters: dict[str, object] = {
        "tenant": tenant_id, "since": since, "open": only_open, "limit": limit, "offset": offset,
    }  # fmt: skip
    rows = await reader.rows(_PAGE, parameters)
    counted = await reader.row(_TOTAL, parameters)
    return await reader.opened(tenant_id, rows, "alert_id"), counted["total"] if counted else 0
