"""One appointment with what was said about it, lists of them, its chain, and who attends to whom by them."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from domain.kernel.ownership import Limits, parameters_of
from projections.kernel.lists import Found, Listing, Order, Sort, Window
from projections.kernel.reader import Reader, Row

_COLUMNS = """appointment_id, version, status, patient_id, practitioner_id, location_id, type, starts_at, ends_at,
    starts_local, zone, fold, minutes, moves, hold_expires_at, parent_appointment_id, is_follow_up, series_id,
    series_sequence, subscription_id, subscription_id IS NOT NULL AS is_subscription_based, price_amount,
    price_currency, overbooked, overbooking_code, cancellation_code, cancelled_by, source_system, source_id,
    booked_at, changed_at"""
_WITHIN = """(%(people)s::uuid[] IS NULL OR patient_id = ANY(%(people)s::uuid[])
        OR practitioner_id = %(attendant)s::uuid)"""
_ONE: LiteralString = f"""SELECT {_COLUMNS}, r.sealed, r.key_id, r.sealed_version, r.sealed_type, r.sealed_schema
    FROM read.appointment a LEFT JOIN (
        SELECT tenant_id, appointment_id, version AS said_at, sealed, key_id, sealed_version, sealed_type, sealed_schema
        FROM read.appointment_remarks
    ) r USING (tenant_id, appointment_id)
    WHERE tenant_id = %(tenant)s AND appointment_id = %(id)s AND {_WITHIN} ORDER BY r.said_at"""
_FILTERED: LiteralString = f"""FROM read.appointment WHERE tenant_id = %(tenant)s AND {_WITHIN}
    AND (%(patient)s::uuid IS NULL OR patient_id = %(patient)s)
    AND (%(practitioner)s::uuid IS NULL OR practitioner_id = %(practitioner)s)
    AND (%(statuses)s::text[] IS NULL OR status = ANY(%(statuses)s))
    AND (%(from)s::timestamptz IS NULL OR starts_at >= %(from)s)
    AND (%(until)s::timestamptz IS NULL OR starts_at < %(until)s)"""
LATEST = Listing(
    _COLUMNS,
    _FILTERED,
    "appointment_id",
    {
        "date": Sort("starts_at", "timestamptz"),
        "minutes": Sort("minutes", "integer"),
        "bookedAt": Sort("booked_at", "timestamptz"),
        "changedAt": Sort("changed_at", "timestamptz"),
    },
    Order("date", descending=True),
)
NEXT = LATEST._replace(default=Order("date"))
_CHAIN: LiteralString = f"""WITH RECURSIVE up AS (
        SELECT appointment_id, parent_appointment_id, 0 AS place FROM read.appointment
        WHERE tenant_id = %(tenant)s AND appointment_id = %(id)s
        UNION ALL
        SELECT a.appointment_id, a.parent_appointment_id, up.place - 1 FROM up
        JOIN read.appointment a ON (a.tenant_id, a.appointment_id) = (%(tenant)s, up.parent_appointment_id)
    ), down AS (
        SELECT appointment_id, 0 AS place FROM up WHERE place = 0
        UNION ALL
        SELECT a.appointment_id, down.place + 1 FROM down
        JOIN read.appointment a ON (a.tenant_id, a.parent_appointment_id) = (%(tenant)s, down.appointment_id)
    ), chain AS (
        SELECT appointment_id, place FROM up UNION SELECT appointment_id, place FROM down
    )
    SELECT chain.place, {_COLUMNS} FROM chain JOIN read.appointment USING (appointment_id)
    WHERE tenant_id = %(tenant)s AND {_WITHIN} ORDER BY chain.place, starts_at, appointment_id"""
_BETWEEN = """SELECT 1 AS found FROM read.appointment WHERE tenant_id = %(tenant)s
    AND practitioner_id = %(practitioner)s AND patient_id = %(patient)s AND status NOT IN ('CANCELLED', 'EXPIRED')
    LIMIT 1"""
COLUMNS = tuple(column.split()[-1] for column in _COLUMNS.split(","))
ERASED = "erased"
REMARKS = ("notes", "reason", "overbooking_reason")


async def appointment(
    reader: Reader, tenant_id: UUID, appointment_id: UUID, *, limits: Limits | None = None
) -> Row | None:
    """Return the appointment with ``notes``, ``reason`` and ``overbooking_reason`` as last said, or None."""
    wanted = {"tenant": tenant_id, "id": appointment_id, **parameters_of(limits)}
    rows = await reader.opened(tenant_id, await reader.rows(_ONE, wanted), "appointment_id")
    if not rows:
        return None
    found: Row = dict.fromkeys((*COLUMNS, *REMARKS))
    for row in rows:
        found |= {name: row[name] for name in (*COLUMNS, *REMARKS, ERASED) if row.get(name) is not None}
    return found


async def appointments(
    reader: Reader,
    tenant_id: UUID,
    window: Window,
    *,
    limits: Limits | None = None,
    patient_id: UUID | None = None,
    practitioner_id: UUID | None = None,
    statuses: list[str] | None = None,
    begins: datetime | None = None,
    ends: datetime | None = None,
    listing: Listing = LATEST,
) -> Found:
    """Return one page of those that start from ``begins`` to before ``ends``; ``listing``: LATEST or NEXT first."""
    parameters: dict[str, object] = {
        "tenant": tenant_id, "patient": patient_id, "practitioner": practitioner_id, "statuses": statuses,
        "from": begins, "until": ends, **parameters_of(limits),
    }  # fmt: skip
    return await listing.page(reader, parameters, window)


async def chain(reader: Reader, tenant_id: UUID, appointment_id: UUID, *, limits: Limits | None = None) -> list[Row]:
    """Return what it follows (``place`` below 0), itself (0) and what follows it (above), in one query; [] if none."""
    return await reader.rows(_CHAIN, {"tenant": tenant_id, "id": appointment_id, **parameters_of(limits)})


async def attends(reader: Reader, tenant_id: UUID, practitioner_id: UUID, patient_id: UUID) -> bool:
    """Whether there is an appointment between them that was not cancelled and did not lapse."""
    between = {"tenant": tenant_id, "practitioner": practitioner_id, "patient": patient_id}
    return await reader.row(_BETWEEN, between) is not None
