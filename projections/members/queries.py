"""The members of an organisation, and the roles of one of them."""

from uuid import UUID

from projections.kernel.reader import Reader, Row

_SHOWN = "FROM read.members WHERE tenant_id = %(tenant)s AND ended_at IS NULL"
_PAGE = f"""SELECT user_id, version, roles, primary_role, joined_at {_SHOWN}
    ORDER BY joined_at, user_id LIMIT %(limit)s OFFSET %(offset)s"""
_TOTAL = f"SELECT count(*) AS total {_SHOWN}"
_ONE = f"SELECT user_id, version, roles, primary_role, joined_at {_SHOWN} AND user_id = %(user)s"
_ROLES = """SELECT role, given_by, given_at, expires_at, ended_at, ended_by FROM read.member_roles
    WHERE tenant_id = %(tenant)s AND user_id = %(user)s ORDER BY ended_at NULLS FIRST, role"""


async def members(reader: Reader, tenant_id: UUID, *, limit: int, offset: int) -> tuple[list[Row], int]:
    """Return one page of those who belong here, first come first, and their total."""
    parameters: dict[str, object] = {"tenant": tenant_id, "limit": limit, "offset": offset}
    rows = await reader.rows(_PAGE, parameters)
    counted = await reader.row(_TOTAL, parameters)
    return rows, counted["total"] if counted else 0


async def member(reader: Reader, tenant_id: UUID, user_id: UUID) -> Row | None:
    """Return one who belongs here, or None."""
    return await reader.row(_ONE, {"tenant": tenant_id, "user": user_id})


async def roles(reader: Reader, tenant_id: UUID, user_id: UUID) -> list[Row]:
    """Return each role a user has here, and then those they had."""
    return await reader.rows(_ROLES, {"tenant": tenant_id, "user": user_id})
