"""What may be asked of subscriptions."""

from uuid import UUID

from projections.kernel.reader import Reader, Row

USABLE = ["TRIALING", "ACTIVE"]

_ONE = "SELECT * FROM read.subscription_quota WHERE tenant_id = %(tenant)s AND subscription_id = %(subscription)s"
_OF_PERSON = """SELECT * FROM read.subscription_quota WHERE tenant_id = %(tenant)s AND person_id = %(person)s
    ORDER BY started_at DESC, subscription_id LIMIT %(limit)s OFFSET %(offset)s"""
_COUNT = "SELECT count(*) AS total FROM read.subscription_quota WHERE tenant_id = %(tenant)s AND person_id = %(person)s"
_ACTIVE = """SELECT * FROM read.subscription_quota
    WHERE tenant_id = %(tenant)s AND person_id = %(person)s AND status = ANY(%(usable)s)
    ORDER BY started_at DESC LIMIT 1"""
_USAGE = """SELECT period, appointment_type, booked, released FROM read.subscription_usage
    WHERE tenant_id = %(tenant)s AND subscription_id = %(subscription)s ORDER BY period, appointment_type"""


async def subscription(reader: Reader, tenant_id: UUID, subscription_id: UUID) -> Row | None:
    """Return one subscription with its counters."""
    return await reader.row(_ONE, {"tenant": tenant_id, "subscription": subscription_id})


async def of_person(
    reader: Reader, tenant_id: UUID, person_id: UUID, *, limit: int, offset: int
) -> tuple[list[Row], int]:
    """Return one page of a person's subscriptions, latest first, and their total."""
    parameters = {"tenant": tenant_id, "person": person_id, "limit": limit, "offset": offset}
    counted = await reader.row(_COUNT, parameters)
    return await reader.rows(_OF_PERSON, parameters), counted["total"] if counted else 0


async def active(reader: Reader, tenant_id: UUID, person_id: UUID) -> Row | None:
    """Return the person's subscription that can be booked on; None without one."""
    return await reader.row(_ACTIVE, {"tenant": tenant_id, "person": person_id, "usable": USABLE})


async def usage(reader: Reader, tenant_id: UUID, subscription_id: UUID) -> list[Row]:
    """Return per period and appointment type how many were booked, and how many of them released."""
    return await reader.rows(_USAGE, {"tenant": tenant_id, "subscription": subscription_id})
