"""A clinic's critical alerts: severe allergies that stand, and vital signs of the last 24 hours."""

from datetime import datetime
from uuid import UUID

from domain.records.critical import VITAL_WINDOW
from projections.kernel.lists import Found, Listing, Order, Sort, Window
from projections.kernel.reader import Reader

_SHOWN = """FROM read.critical_alerts
    WHERE tenant_id = %(tenant)s AND state <> 'withdrawn'
        AND (record_type <> 'vital' OR effective_at > %(since)s)
        AND (%(open)s = false OR state = 'raised')"""
ALERTS = Listing(
    """alert_id, version, patient_id, record_id, record_version, record_type, state, effective_at,
        raised_at, acknowledged_at, acknowledged_by, sealed, key_id, sealed_version, sealed_type, sealed_schema""",
    _SHOWN,
    "alert_id",
    {"raisedAt": Sort("raised_at", "timestamptz"), "effectiveAt": Sort("effective_at", "timestamptz")},
    Order("raisedAt", descending=True),
)


async def critical_alerts(reader: Reader, tenant_id: UUID, now: datetime, window: Window, *, only_open: bool) -> Found:
    """Return one page of alerts with their findings opened."""
    parameters = {"tenant": tenant_id, "since": now - VITAL_WINDOW, "open": only_open}
    found = await ALERTS.page(reader, parameters, window)
    return found._replace(rows=await reader.opened(tenant_id, found.rows, "alert_id"))
