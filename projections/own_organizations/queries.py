"""The organisations a user belongs to, by name, their own first."""

from uuid import UUID

from projections.kernel.reader import Reader, Row

_SHOWN = """FROM read.own_organizations o JOIN read.organization_names n USING (tenant_id, organization_id)
    WHERE o.tenant_id = %(tenant)s AND o.user_id = %(user)s AND o.ended_at IS NULL AND n.closed_at IS NULL"""
_PAGE = f"""SELECT o.organization_id, n.kind, n.name, o.roles, o.primary_role, o.joined_at {_SHOWN}
    ORDER BY n.kind <> 'personal', n.name, o.organization_id LIMIT %(limit)s OFFSET %(offset)s"""
_TOTAL = f"SELECT count(*) AS total {_SHOWN}"


async def belonging(
    reader: Reader, tenant_id: UUID, user_id: UUID, *, limit: int, offset: int
) -> tuple[list[Row], int]:
    """Return one page of where a user belongs, and the total; ``tenant_id``: the platform's."""
    parameters: dict[str, object] = {"tenant": tenant_id, "user": user_id, "limit": limit, "offset": offset}
    rows = await reader.rows(_PAGE, parameters)
    counted = await reader.row(_TOTAL, parameters)
    return rows, counted["total"] if counted else 0
