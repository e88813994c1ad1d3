"""What may be asked of the plans."""

from uuid import UUID

from projections.kernel.lists import Found, Listing, Order, Sort, Window
from projections.kernel.reader import Reader, Row

PLANS = Listing(
    "*",
    "FROM read.plans WHERE tenant_id = %(tenant)s AND (NOT archived OR %(archived)s)",
    "plan_id",
    {"amount": Sort("amount", "bigint"), "name": Sort("name", "text"), "createdAt": Sort("created_at", "timestamptz")},
    Order("amount"),
)
_ONE = "SELECT * FROM read.plans WHERE tenant_id = %(tenant)s AND plan_id = %(plan)s"


async def plans(reader: Reader, tenant_id: UUID, window: Window, *, archived: bool) -> Found:
    """Return one page of plans (with archived ones if asked)."""
    return await PLANS.page(reader, {"tenant": tenant_id, "archived": archived}, window)


async def plan(reader: Reader, tenant_id: UUID, plan_id: UUID) -> Row | None:
    """Return one plan, archived or not."""
    return await reader.row(_ONE, {"tenant": tenant_id, "plan": plan_id})
