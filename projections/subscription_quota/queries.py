"""What may be asked of subscriptions."""

from uuid import UUID

from projections.kernel.lists import Found, Listing, Order, Sort, Window
from projections.kernel.reader import Reader, Row

USABLE = ["TRIALING", "ACTIVE"]

_ONE = "SELECT * FROM read.subscription_quota WHERE tenant_id = %(tenant)s AND subscription_id = %(subscription)s"
OF_PERSON = Listing(
    "*",
    "FROM read.subscription_quota WHERE tenant_id = %(tenant)s AND person_id = %(person)s",
    "subscription_id",
    {"startedAt": Sort("started_at", "timestamptz"), "currentPeriodEnd": Sort("period_end", "date")},
    Order("startedAt", descending=True),
)
_ACTIVE = """SELECT * FROM read.subscription_quota
    WHERE tenant_id = %(tenant)s AND person_id = %(person)s AND status = ANY(%(usable)s)
    ORDER BY started_at DESC LIMIT 1"""
_USAGE = """SELECT period, appointment_type, booked, released FROM read.subscription_usage
    WHERE tenant_id = %(tenant)s AND subscription_id = %(subscription)s ORDER BY period, appointment_type"""


async def subscription(reader: Reader, tenant_id: UUID, subscription_id: UUID) -> Row | None:
    """Return one subscription with its counters."""
    return await reader.row(_ONE, {"tenant": tenant_id, "subscription": subscription_id})


async def of_person(reader: Reader, tenant_id: UUID, person_id: UUID, window: Window) -> Found:
    """Return one page of a person's subscriptions."""
    return await OF_PERSON.page(reader, {"tenant": tenant_id, "person": person_id}, window)


async def active(reader: Reader, tenant_id: UUID, person_id: UUID) -> Row | None:
    """Return the person's subscription that can be booked on; None without one."""
    return await reader.row(_ACTIVE, {"tenant": tenant_id, "person": person_id, "usable": USABLE})


async def usage(reader: Reader, tenant_id: UUID, subscription_id: UUID) -> list[Row]:
    """Return per period and appointment type how many were booked, and how many of them released."""
    return await reader.rows(_USAGE, {"tenant": tenant_id, "subscription": subscription_id})
