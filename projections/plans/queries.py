"""What may be asked of the plans."""

from uuid import UUID

from projections.kernel.reader import Reader, Row

_LIST = """SELECT *, count(*) OVER () AS total FROM read.plans
    WHERE tenant_id = %(tenant)s AND (NOT archived OR %(archived)s)
    ORDER BY amount, plan_id LIMIT %(limit)s OFFSET %(offset)s"""
_COUNT = """SELECT count(*) AS total FROM read.plans
    WHERE tenant_id = %(tenant)s AND (NOT archived OR %(archived)s)"""
_ONE = "SELECT * FROM read.plans WHERE tenant_id = %(tenant)s AND plan_id = %(plan)s"


async def plans(reader: Reader, tenant_id: UUID, *, archived: bool, limit: int, offset: int) -> tuple[list[Row], int]:
    """Return one page of plans by price (with archived ones if asked), and their total."""
    parameters = {"tenant": tenant_id, "archived": archived, "limit": limit, "offset": offset}
    rows = await reader.rows(_LIST, parameters)
    if rows or not offset:
        return rows, rows[0]["total"] if rows else 0
    counted = await reader.row(_COUNT, parameters)
    return rows, counted["total"] if counted else 0


async def plan(reader: Reader, tenant_id: UUID, plan_id: UUID) -> Row | None:
    """Return one plan, archived or not."""
    return await reader.row(_ONE, {"tenant": tenant_id, "plan": plan_id})
