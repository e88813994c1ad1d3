"""Figures of a period: how appointments ended, how long people waited, and how far ahead they booked."""

from datetime import date
from typing import LiteralString
from uuid import UUID

from projections.kernel.reader import Reader, Row

_FIGURES: LiteralString = """SELECT
        CASE %(by)s WHEN 'type' THEN type WHEN 'day' THEN local_date::text WHEN 'weekday' THEN weekday::text
            WHEN 'practitioner' THEN practitioner_id::text ELSE 'all' END AS group,
        count(*) AS appointments,
        count(*) FILTER (WHERE status = 'COMPLETED') AS completed,
        count(*) FILTER (WHERE status = 'CANCELLED') AS cancelled,
        count(*) FILTER (WHERE status = 'NO_SHOW') AS no_shows,
        count(*) FILTER (WHERE status = 'EXPIRED') AS expired,
        count(*) FILTER (WHERE moves > 0) AS moved,
        count(*) FILTER (WHERE overbooked) AS overbooked,
        count(*) FILTER (WHERE is_subscription_based) AS on_subscription,
        coalesce(sum(minutes) FILTER (WHERE status = 'COMPLETED'), 0)::bigint AS minutes_completed,
        round(avg(extract(epoch FROM started_at - checked_in_at)))::bigint AS average_wait_seconds,
        round(avg(extract(epoch FROM starts_at - booked_at) / 3600) FILTER (WHERE NOT imported))::bigint
            AS average_hours_ahead,
        max(as_of_position) AS as_of_position
    FROM read.fact_appointments
    WHERE tenant_id = %(tenant)s AND local_date BETWEEN %(first)s AND %(last)s
    GROUP BY 1 ORDER BY 1"""
GROUPS = ("all", "type", "day", "weekday", "practitioner")


async def figures(reader: Reader, tenant_id: UUID, first: date, last: date, by: str) -> tuple[list[Row], int]:
    """Return a row of figures per group of ``GROUPS``, and the position of the last event in any of them."""
    rows = await reader.rows(_FIGURES, {"tenant": tenant_id, "first": first, "last": last, "by": by})
    return rows, max((row.pop("as_of_position") for row in rows), default=0)
